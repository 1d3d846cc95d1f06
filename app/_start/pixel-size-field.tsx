import { type ReactNode, useId } from 'react';
import { RadioRow } from '@/app/_components/ui/radio-row';
import { t } from '@/app/_text/t';
import { MICRONS_PER_PIXEL_RANGE, RESOLUTIONS, type Resolution } from '@/lib/contracts/picture-choice';
import { micronsOf, type PixelSizeChoice } from './pixel-size-choice';

const OPTIONS = [
  ...(Object.keys(RESOLUTIONS) as Resolution[]).map((value) => ({
    value,
    label: value,
    note: `${RESOLUTIONS[value]} µm/px`,
  })),
  { value: 'other', label: t('Other'), note: t('any µm/px') },
] as const;

type PixelSizeFieldProps = {
  choice: PixelSizeChoice;
  onChange: (choice: PixelSizeChoice) => void;
  /** Says where the proposal comes from. */
  children: ReactNode;
};

/** Choice of magnification or pixel size. */
export function PixelSizeField({ choice, onChange, children }: PixelSizeFieldProps) {
  const id = useId();
  const { min, max } = MICRONS_PER_PIXEL_RANGE;
  const isFaulty = choice.name !== null && micronsOf(choice) === null;
  return (
    <div className="space-y-3">
      <RadioRow
        legend={t('Magnification of the scan')}
        options={OPTIONS}
        value={choice.name}
        onChange={(name) => onChange({ ...choice, name })}
      />
      {choice.name === 'other' && (
        <div>
          <label htmlFor={id} className="mr-3">
            {t('µm per pixel')}
          </label>
          <input
            id={id}
            value={choice.typed}
            onChange={(event) => onChange({ ...choice, typed: event.target.value })}
            inputMode="decimal"
            autoComplete="off"
            aria-invalid={isFaulty}
            aria-describedby={`${id}-range`}
            className="h-11 w-28 rounded-lg border border-edge bg-surface px-3 aria-invalid:border-fault"
          />
          <p id={`${id}-range`} className={`mt-1 text-sm ${isFaulty ? 'text-fault' : 'text-muted'}`}>
            {t('A number from {min} to {max}', { min, max })}
          </p>
        </div>
      )}
      <p aria-live="polite" className="text-pretty text-muted text-sm">
        {children}
      </p>
    </div>
  );
}
