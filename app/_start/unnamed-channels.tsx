import { useId } from 'react';
import { t } from '@/app/_text/t';

type UnnamedChannelsProps = { isRgb: boolean; isDisabled: boolean; onChange: (isRgb: boolean) => void };

/** Three unnamed channels can be brightfield or fluorescence. The user has to decide. */
export function UnnamedChannels({ isRgb, isDisabled, onChange }: UnnamedChannelsProps) {
  const id = useId();
  return (
    <div className="border-dab border-l-3 pl-4">
      <p className="text-pretty text-sm">
        {t(
          'The file has three channels and does not name them. Shown as red, green and blue, does the picture look as under the microscope?',
        )}
      </p>
      <label htmlFor={id} className="mt-1 flex min-h-11 cursor-pointer items-center gap-2.5">
        <input
          id={id}
          type="checkbox"
          checked={isRgb}
          disabled={isDisabled}
          onChange={(event) => onChange(event.target.checked)}
          className="size-4.5 shrink-0"
        />
        {t('These channels are red, green and blue')}
      </label>
    </div>
  );
}
