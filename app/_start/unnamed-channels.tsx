import { useId } from 'react';

type UnnamedChannelsProps = { isRgb: boolean; isDisabled: boolean; onChange: (isRgb: boolean) => void };

/** Three channels without names may be a brightfield picture, or fluorescence that would be misread: somebody has to look. */
export function UnnamedChannels({ isRgb, isDisabled, onChange }: UnnamedChannelsProps) {
  const id = useId();
  return (
    <div className="border-dab border-l-3 pl-4">
      <p className="text-pretty text-sm">
        The file holds three channels and does not say what they are. The picture shows them as red, green and blue.
        Does it look as it does under the microscope?
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
        These channels are red, green and blue
      </label>
    </div>
  );
}
