import { Fragment } from 'react';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { richText, t } from '@/app/_text/t';
import { percentText } from '@/lib/contracts/whole-text';
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
  const numbers = (
    <Fragment key="numbers">
      {total > 0 && (
        <span data-testid="percent-pos-interval">
          {t('95\u00a0% interval {low} to {high}', { low: interval[0].toFixed(1), high: percentText(interval[1]) })}
        </span>
      )}
      {density !== null && total > 0 && (
        <>
          {', '}
          <span className="whitespace-nowrap">
            {richText('{density} cells per mm²', {
              density: <GroupedNumber key="density" value={Math.round(density)} testId="cells-per-mm2" />,
            })}
          </span>
        </>
      )}
    </Fragment>
  );
  return (
    <p className={`text-muted text-sm ${areNucleiSecond ? 'max-lg:hidden' : ''}`}>
      {isTumour || areNucleiSecond ? richText('All nuclei: {numbers}', { numbers }) : numbers}
    </p>
  );
}
