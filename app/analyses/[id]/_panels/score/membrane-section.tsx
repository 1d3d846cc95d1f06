import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { MembraneTruth } from '@/app/_components/sample-truth';
import { NumberBox } from '@/app/_components/ui/number-box';
import { rangeOfCut } from '@/lib/contracts/scores';
import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import type { MembraneGrades, MembraneScore } from '@/lib/scoring/membrane/score-membranes';
import { useResult, useResultActions } from '../../_result/result-context';

const CUTS: readonly { cut: keyof MembraneCuts; label: string }[] = [
  { cut: 'weak', label: 'Weak from' },
  { cut: 'moderate', label: 'Moderate from' },
  { cut: 'strong', label: 'Strong from' },
  { cut: 'partial', label: 'Partial from' },
  { cut: 'complete', label: 'Complete from' },
];
/** The cut points that bound another one. */
const BETWEEN: Record<keyof MembraneCuts, { below?: keyof MembraneCuts; above?: keyof MembraneCuts }> = {
  weak: { above: 'moderate' },
  moderate: { below: 'weak', above: 'strong' },
  strong: { below: 'moderate' },
  partial: { above: 'complete' },
  complete: { below: 'partial' },
};

/** What was measured of the membranes; nothing where they were not measured. */
export function MembraneSection() {
  const measured = useResult((state) => state.live?.numbers.summary.membrane);
  const marker = useResult((state) => state.parameters.marker);
  const asked = useResult((state) => state.parameters.membrane);
  const sample = useResult((state) => state.analysis.sample);
  const isWholeImage = useResult((state) => state.parameters.regions.every((region) => !region.enabled));
  const { setMembrane } = useResultActions();
  if (!measured) return null;
  const { cuts, tumour, unsure } = measured;
  const { weak, moderate, strong } = measured.bins.complete;
  return (
    <PanelSection
      title="Membranes"
      aside={
        <button
          type="button"
          aria-label="Reset cut points of membranes"
          onClick={() => setMembrane(asked.measure ? { measure: asked.measure } : {})}
          className={TEXT_BUTTON}
        >
          Reset
        </button>
      }
    >
      {marker !== 'pdl1' && <Her2Pattern {...measured} />}
      <MembraneTable {...measured} />
      {isWholeImage && tumour.total > 0 && (
        <MembraneTruth
          sample={sample}
          tps={tumour.percentPositive}
          cps={marker === 'her2' ? null : measured.cps}
          complete={(100 * (weak + moderate + strong)) / tumour.total}
        />
      )}
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        {CUTS.map(({ cut, label }) => {
          const { below, above } = BETWEEN[cut];
          return (
            <span key={cut} className="flex items-center gap-1.5">
              {label}
              <NumberBox
                label={`Membrane: ${label.toLowerCase()}`}
                value={cuts[cut]}
                min={below ? cuts[below] : rangeOfCut(cut).min}
                max={above ? cuts[above] : rangeOfCut(cut).max}
                step={0.01}
                onChange={(value) => value !== null && setMembrane({ ...asked, [`membrane_${cut}`]: value })}
              />
            </span>
          );
        })}
      </div>
      <p className="mt-1 text-pretty text-muted text-xs">
        Tumour cells by the stained share of the membrane and its density of DAB.
        {unsure > 0 && ` ${unsure} tumour nuclei whose kind is unsure are left out.`} Network, kinds and cut points were
        never checked on real slides of membranous markers.
      </p>
    </PanelSection>
  );
}

const Her2Pattern = ({ her2 }: MembraneScore) =>
  her2 !== null && (
    <p>
      Pattern of HER2{' '}
      <strong className="font-semibold" data-testid="her2-pattern">
        {her2 === 0 ? '0' : `${her2}+`}
      </strong>{' '}
      <span className="text-muted text-sm">
        by the 10 % shares of{' '}
        <a href="https://doi.org/10.1200/JCO.22.02864" className="underline">
          ASCO/CAP
        </a>
        , no HER2 status
      </span>
    </p>
  );

function MembraneTable({ bins, tumour }: MembraneScore) {
  const rows: readonly [string, MembraneGrades][] = [
    ['Complete', bins.complete],
    ['Incomplete', bins.incomplete],
  ];
  const percent = (cells: number) => (tumour.total === 0 ? '–' : `${((100 * cells) / tumour.total).toFixed(1)} %`);
  return (
    <table className="mt-1 w-full text-right text-sm">
      <caption className="sr-only">Share of the tumour cells by membrane</caption>
      <thead className="text-muted">
        <tr>
          <th scope="col" className="text-left font-normal">
            Membrane
          </th>
          <th scope="col" className="font-normal">
            weak
          </th>
          <th scope="col" className="font-normal">
            moderate
          </th>
          <th scope="col" className="font-normal">
            strong
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of]) => (
          <tr key={name}>
            <th scope="row" className="text-left font-normal text-muted">
              {name}
            </th>
            <td>{percent(of.weak)}</td>
            <td>{percent(of.moderate)}</td>
            <td>{percent(of.strong)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row" className="text-left font-normal text-muted">
            None
          </th>
          <td>{percent(bins.none)}</td>
          <td />
          <td />
        </tr>
      </tbody>
    </table>
  );
}
