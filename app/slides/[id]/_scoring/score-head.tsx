import { GroupedNumber } from '@/app/_components/grouped-number';
import { wholeText } from '@/lib/contracts/whole-text';
import { intervalText, mm2Text, percentText } from './number-texts';
import { useScoring } from './scoring-context';

/** The index of the slide, its interval and its counts, which stay in sight above the rest of the rail. */
export function ScoreHead() {
  const numbers = useScoring((state) => state.numbers);
  if (!numbers || numbers.cells === 0) return null;
  const { slide } = numbers;
  return (
    <section aria-label="Numbers of the slide" className="sticky top-0 z-10 bg-paper pb-2">
      <p className="font-semibold text-5xl tracking-tight" data-testid="slide-percent-pos">
        {percentText(slide)}
      </p>
      {slide.total > 0 && <p className="mt-1 text-muted text-sm">95 % interval {intervalText(slide)}</p>}
      <p>
        {wholeText(slide.positive)} positive of <GroupedNumber value={slide.total} testId="slide-num-total" /> nuclei in{' '}
        {mm2Text(slide.areaMm2)} of tissue
      </p>
    </section>
  );
}

/** The same in one line, for the full screen, in which there is no rail. */
export function StageScore() {
  const numbers = useScoring((state) => state.numbers);
  if (!numbers || numbers.cells === 0) return null;
  const { slide } = numbers;
  return (
    <section
      aria-label="Score in full screen"
      className="flex shrink-0 flex-wrap items-center gap-x-4 border-stage-line border-b px-4 py-1.5 text-sm"
    >
      <strong className="font-semibold text-2xl tracking-tight">{percentText(slide)}</strong>
      <span>
        {wholeText(slide.positive)} positive of <GroupedNumber value={slide.total} /> nuclei
      </span>
      {slide.total > 0 && <span className="text-stage-muted">95 % interval {intervalText(slide)}</span>}
    </section>
  );
}
