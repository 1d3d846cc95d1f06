import { GroupedNumber } from '@/app/_components/grouped-number';
import { densityPerMm2 } from '@/lib/exchange/score-summary';
import { useResult } from '../../_result/result-context';
import { headlineOf, membraneLeadOf, numbersOf } from '../../_result/shown-numbers';

/** The confidence interval of the index, and how many nuclei there are to a mm². */
export function ScoreInterval() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const headline = useResult((state) => state.headline);
  const marker = useResult((state) => state.parameters.marker);
  const areNucleiSecond = membraneLeadOf({ live, analysis, marker }) !== null;
  const { isTumour } = headlineOf({ live, sketch, analysis, headline });
  const { total, interval } = numbersOf({ live, sketch, analysis });
  const density = live && densityPerMm2(total, live.numbers.summary.areaPx, micronsPerPixel);
  return (
    <p className="text-muted text-sm">
      {(isTumour || areNucleiSecond) && 'All nuclei: '}
      {total > 0 && (
        <span data-testid="percent-pos-interval">
          95 % interval {interval[0].toFixed(1)} to {interval[1].toFixed(1)} %
        </span>
      )}
      {density !== null && total > 0 && (
        <>
          {', '}
          <span className="whitespace-nowrap">
            <GroupedNumber value={Math.round(density)} testId="cells-per-mm2" /> cells per mm²
          </span>
        </>
      )}
    </p>
  );
}
