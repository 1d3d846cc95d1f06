import { NumberBox } from '@/app/_components/ui/number-box';
import { t } from '@/app/_text/t';
import { rangeOfCut } from '@/lib/contracts/score-choice';
import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';

const CUTS: readonly { cut: keyof MembraneCuts; label: string; spoken: string }[] = [
  { cut: 'weak', label: t('Weak from'), spoken: t('Membrane: weak from') },
  { cut: 'moderate', label: t('Moderate from'), spoken: t('Membrane: moderate from') },
  { cut: 'strong', label: t('Strong from'), spoken: t('Membrane: strong from') },
  { cut: 'partial', label: t('Partial from'), spoken: t('Membrane: partial from') },
  { cut: 'complete', label: t('Complete from'), spoken: t('Membrane: complete from') },
];
/** The cut points that bound another one. */
const BETWEEN: Record<keyof MembraneCuts, { below?: keyof MembraneCuts; above?: keyof MembraneCuts }> = {
  weak: { above: 'moderate' },
  moderate: { below: 'weak', above: 'strong' },
  strong: { below: 'moderate' },
  partial: { above: 'complete' },
  complete: { below: 'partial' },
};

/** The cut points of membranes, each within those that bound it. */
export function MembraneCutBoxes({
  cuts,
  onChange,
}: {
  cuts: MembraneCuts;
  onChange: (cut: keyof MembraneCuts, value: number) => void;
}) {
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      {CUTS.map(({ cut, label, spoken }) => {
        const { below, above } = BETWEEN[cut];
        return (
          <span key={cut} className="flex items-center gap-1.5">
            {label}
            <NumberBox
              label={spoken}
              value={cuts[cut]}
              min={below ? cuts[below] : rangeOfCut(cut).min}
              max={above ? cuts[above] : rangeOfCut(cut).max}
              step={0.01}
              onChange={(value) => value !== null && onChange(cut, value)}
            />
          </span>
        );
      })}
    </div>
  );
}

/** What the numbers are of, and what nobody has checked. @param unsure - tumour nuclei that are left out */
export const MembraneNote = ({ unsure }: { unsure: number }) => (
  <p className="mt-1 text-pretty text-muted text-xs">
    {t('Tumour cells by the stained share of the membrane and its density of DAB.')}{' '}
    {unsure > 0 && `${t('{count} tumour nuclei whose kind is unsure are left out.', { count: unsure })} `}
    {t('Network, kinds and cut points were never checked on real slides of membranous markers.')}
  </p>
);
