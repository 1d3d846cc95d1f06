import { SampleTruth } from '@/app/_components/sample-truth';
import { listText, t } from '@/app/_text/t';
import type { CorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import { useResult } from '../../_result/result-context';
import { hasUnsavedChanges } from '../../_result/result-store';
import { headlineOf, membraneLeadOf, numbersOf } from '../../_result/shown-numbers';
import { leadOf, reasonOf } from './lead-of';
import { Note, OtherWarnings } from './warning-list';

/** An index of fewer nuclei is not reliable: Dowsett et al. 2011 and Nielsen et al. 2021 ask for 500. */
const ENOUGH_NUCLEI = 500;

/** What a reader should know of the numbers. */
export function ScoreDetails() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const regions = useResult((state) => state.parameters.regions);
  const headline = useResult((state) => state.headline);
  const problem = useResult((state) => state.problem);
  const isSaidByServer = useResult(
    (state) =>
      !hasUnsavedChanges(state) && state.analysis.result?.warnings.some(({ code }) => code === 'nothing_found'),
  );
  const { isTumour, ...leading } = headlineOf({ live, sketch, analysis, headline });
  const marker = useResult((state) => state.parameters.marker);
  const { total, percentPositive } = numbersOf({ live, sketch, analysis });
  const areNucleiSecond = membraneLeadOf({ live, analysis, marker }) !== null;
  // Of nuclei that do not lead nothing is excused.
  const reason = areNucleiSecond ? null : reasonOf(leadOf({ ...leading, marker }), marker, isTumour);
  const areEdgesLeftOut = useResult((state) => state.parameters.excludeOnEdges);
  const edges = areEdgesLeftOut
    ? edgesText(live?.numbers.edges.count ?? analysis.result?.scoring.num_on_edges ?? null)
    : null;
  const isWholeImage = !regions.some(({ enabled }) => enabled);
  const corrections = live?.numbers.corrections ?? analysis.result?.corrections;
  return (
    <div className="space-y-2 text-sm">
      {edges && <p data-testid="edges-left-out">{edges}</p>}
      {corrections && countOf(corrections) > 0 && <p data-testid="corrections-counted">{toWords(corrections)}</p>}
      {total === 0 ? (
        !isSaidByServer && (
          <Note>
            {t('No nucleus was found. If the image has nuclei, the magnification may be wrong: check the scale bar.')}
          </Note>
        )
      ) : reason ? (
        <Note>{reason}</Note>
      ) : (
        total < ENOUGH_NUCLEI && <Note>{t('Fewer than 500 nuclei. Count more before you rely on the index.')}</Note>
      )}
      <OtherWarnings />
      {problem && <Note>{problem}</Note>}
      {isWholeImage && <SampleTruth sample={analysis.sample} percentPositive={percentPositive} total={total} />}
    </div>
  );
}

function edgesText(count: number | null): string {
  if (count === null) return t('Nuclei at the edge of the picture are not counted.');
  return t(
    '{count, plural, one {{count} nucleus at the edge of the picture is not counted.} other {{count} nuclei at the edge of the picture are not counted.}}',
    { count },
  );
}

const countOf = (counts: CorrectionCounts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

function toWords({ class: changed, delete: deleted, add: added, split, join }: CorrectionCounts): string {
  const parts = [
    changed && t('{count} of another class', { count: changed }),
    deleted && t('{count} deleted', { count: deleted }),
    added && t('{count} added', { count: added }),
    split && t('{count} split', { count: split }),
    join && t('{count} joined', { count: join }),
  ];
  return t('Corrected by hand: {corrections}.', { corrections: listText(parts) });
}
