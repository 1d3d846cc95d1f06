import { ScorePanel } from '@/app/analyses/_result/score-panel';
import { numbersOf } from './store';
import { useWorkbench } from './workbench-context';

/** The score as the sliders stand. */
export function LiveScorePanel() {
  const live = useWorkbench((state) => state.live);
  const analysis = useWorkbench((state) => state.analysis);
  const { total, positive, negative, percentPositive, interval } = numbersOf({ live, analysis });
  const { scoring } = analysis.result as NonNullable<typeof analysis.result>;
  const numbers = { num_total: total, num_pos: positive, num_neg: negative, percent_pos: percentPositive };
  return <ScorePanel scoring={{ ...scoring, ...numbers }} interval={[interval[0], interval[1]]} />;
}
