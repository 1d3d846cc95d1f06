import { GroupedNumber } from '@/app/_components/grouped-number';
import { richText, t } from '@/app/_text/t';
import { MEMBRANE_WORDS, type MembraneLead, membraneLead } from '@/lib/contracts/membrane-lead';
import { wholeText } from '@/lib/contracts/whole-text';
import { stateMembranes } from '@/lib/exchange/score-summary';
import type { Marker } from '@/lib/scoring/classify/kinds';
import { intervalText, mm2Text, percentText } from './number-texts';
import { useScoring } from './scoring-context';
import type { TableNumbers } from './table/table-protocol';

/** What leads where membranes were measured: of the tumour regions, or of the tissue where there is none. */
function leadOf({ slide, tumour }: TableNumbers, marker: Marker | null): MembraneLead | null {
  const { membrane } = tumour ?? slide;
  return membrane && membraneLead(stateMembranes(membrane), marker);
}

const intervalSentence = (numbers: TableNumbers['slide']) =>
  t('95 % interval {interval}', { interval: intervalText(numbers) });

/** The index of the slide, its interval and its counts, which stay in sight above the rest of the rail. */
export function ScoreHead() {
  const numbers = useScoring((state) => state.numbers);
  const marker = useScoring((state) => state.settings.marker ?? null);
  if (!numbers || numbers.cells === 0) return null;
  const { slide } = numbers;
  const lead = leadOf(numbers, marker);
  const index = (
    <span key="index" data-testid="slide-percent-pos">
      {percentText(slide)}
    </span>
  );
  const words = {
    index,
    positive: wholeText(slide.positive),
    all: <GroupedNumber key="all" value={slide.total} testId="slide-num-total" />,
    area: mm2Text(slide.areaMm2),
  };
  return (
    <section aria-label={t('Numbers of the slide')} className="sticky top-0 z-10 bg-paper pb-2">
      {lead ? (
        <>
          <p className="font-semibold text-3xl tracking-tight lg:text-5xl" data-testid="slide-membrane-lead">
            {lead.value}
          </p>
          <p className="mt-1 text-pretty text-sm" data-testid="slide-membrane-sentence">
            {numbers.tumour && t('In all tumour regions.')} {lead.sentence}
          </p>
          <p className="text-pretty text-muted text-xs">{MEMBRANE_WORDS}</p>
          <p className="mt-1 text-sm">
            {richText('Nuclei of the slide: {index}, {positive} positive of {all} in {area} of tissue', words)}
          </p>
        </>
      ) : (
        <>
          <p className="font-semibold text-5xl tracking-tight">{index}</p>
          {slide.total > 0 && <p className="mt-1 text-muted text-sm">{intervalSentence(slide)}</p>}
          <p>{richText('{positive} positive of {all} nuclei in {area} of tissue', words)}</p>
        </>
      )}
    </section>
  );
}

/** The same in one line, for the full screen, in which there is no rail. */
export function StageScore() {
  const numbers = useScoring((state) => state.numbers);
  const marker = useScoring((state) => state.settings.marker ?? null);
  if (!numbers || numbers.cells === 0) return null;
  const { slide } = numbers;
  const lead = leadOf(numbers, marker);
  const words = {
    index: percentText(slide),
    positive: wholeText(slide.positive),
    all: <GroupedNumber key="all" value={slide.total} />,
  };
  return (
    <section
      aria-label={t('Score in full screen')}
      className="flex shrink-0 flex-wrap items-center gap-x-4 border-stage-line border-b px-4 py-1.5 text-sm"
    >
      <strong className="font-semibold text-2xl tracking-tight">{lead ? lead.value : percentText(slide)}</strong>
      <span>
        {lead
          ? richText('Nuclei: {index}, {positive} positive of {all} nuclei', words)
          : richText('{positive} positive of {all} nuclei', words)}
      </span>
      {slide.total > 0 && <span className="text-stage-muted">{intervalSentence(slide)}</span>}
    </section>
  );
}
