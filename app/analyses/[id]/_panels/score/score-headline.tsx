import { densityPerMm2 } from '@/lib/exchange/score-summary';
import { useResult } from '../../_result/result-context';
import { isUpToDate } from '../../_result/result-store';
import { headlineOf, membraneLeadOf } from '../../_result/shown-numbers';
import { HeadlineText } from './headline-text';

/** The numbers that lead. They follow every change. */
export function ScoreHeadline() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const marker = useResult((state) => state.parameters.marker);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const isBehind = useResult((state) => state.problem === null && !isUpToDate(state));
  const headline = useResult((state) => state.headline);
  const numbers = headlineOf({ live, sketch, analysis, headline });
  const density = live && densityPerMm2(numbers.total, live.numbers.summary.areaPx, micronsPerPixel);
  return (
    <HeadlineText {...{ numbers, marker, density, isBehind }} membrane={membraneLeadOf({ live, analysis, marker })} />
  );
}
