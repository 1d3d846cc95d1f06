import { t } from '@/app/_text/t';

type Step = { readonly from: number; readonly colour: readonly [red: number, green: number, blue: number] };

/** The colours of a heat map, and the number at which each begins. @param unit - of the numbers, in words */
export function HeatScale({ steps, unit: whole }: { steps: readonly Step[]; unit: string }) {
  // Eight numbers stand side by side in a third of a phone's width.
  const areThousands = steps.some(({ from }) => from >= 10_000);
  const unit = areThousands ? t('thousands of {unit}', { unit: whole }) : whole;
  return (
    <>
      <ol aria-label={t('Heat map: {unit}', { unit })} className="flex">
        {steps.map(({ from, colour: [red, green, blue] }) => (
          <li key={from} className="min-w-0 flex-1">
            <span className="block h-2" style={{ background: `rgb(${red} ${green} ${blue})` }} />
            <span className="block text-[0.65rem] tabular-nums">{areThousands ? from / 1000 : from}</span>
          </li>
        ))}
      </ol>
      {/* On a phone a sentence would hide the picture. */}
      <p aria-hidden className="sm:hidden">
        {unit}
      </p>
      <p className="max-sm:sr-only">{t('{unit}; a colour begins at its number', { unit })}</p>
    </>
  );
}

/** How much of the picture a heat map hides. */
export const HEAT_ALPHA = 0.62;
