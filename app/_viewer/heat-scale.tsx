import { t } from '@/app/_text/t';

type Step = { readonly from: number; readonly colour: readonly [red: number, green: number, blue: number] };

/** The colours of a heat map, and the number at which each begins. @param unit - of the numbers, in words */
export function HeatScale({ steps, unit }: { steps: readonly Step[]; unit: string }) {
  return (
    <>
      <ol aria-label={t('Heat map: {unit}', { unit })} className="flex">
        {steps.map(({ from, colour: [red, green, blue] }) => (
          <li key={from} className="min-w-0 flex-1">
            <span className="block h-2" style={{ background: `rgb(${red} ${green} ${blue})` }} />
            <span className="block text-[0.65rem] tabular-nums">{shortNumber(from)}</span>
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

/** Eight stand side by side in a third of a phone's width. */
const shortNumber = (number: number) =>
  number < 1000 ? String(number) : t('{thousands}k', { thousands: number / 1000 });

/** How much of the picture a heat map hides. */
export const HEAT_ALPHA = 0.62;
