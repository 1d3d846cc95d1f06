import { useAnnotations } from '@/app/_annotate/annotation-context';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { Button } from '@/app/_components/ui/button';
import { richText, t } from '@/app/_text/t';
import { wholeText } from '@/lib/contracts/whole-text';
import { intervalText, mm2Text, percentText } from './number-texts';
import { wasTissueScored } from './scopes';
import { useScoring, useScoringActions } from './scoring-context';
import { activeOf } from './scoring-store';
import { SMALL_BUTTON } from './small-button';
import type { PartNumbers, TableNumbers } from './table/table-protocol';

/** What is to be known of the index of the slide, and beside each other those of the tumour and of the hottest field. */
export function ScoreHeadline({ numbers }: { numbers: TableNumbers }) {
  const isRunning = useScoring((state) => activeOf(state.scorings) !== null);
  const hotSpots = useScoring((state) => state.hotSpots);
  const mayEdit = useScoring((state) => state.mayEdit);
  const wasScored = useScoring((state) => wasTissueScored(state.scorings));
  // The server scores the outline that it has.
  const isSaved = useAnnotations((state) => state.saving.step === 'saved');
  const { score } = useScoringActions();
  const { slide, tumour } = numbers;
  const isProvisional = isRunning || !slide.isComplete;
  const hottest = hotSpots?.spots[0]?.numbers;
  return (
    <div className="space-y-3">
      <div>
        {isProvisional && (
          <p data-testid="provisional" className="font-medium text-sm">
            {isRunning ? t('Provisional: the scoring goes on.') : unscoredText(wasScored)}
          </p>
        )}
        {isProvisional && !isRunning && mayEdit && wasScored && (
          <Button
            look="secondary"
            className={`my-1 ${SMALL_BUTTON}`}
            disabled={!isSaved}
            onClick={() => score({ kind: 'slide' })}
          >
            {t('Score the rest')}
          </Button>
        )}
        {slide.tumourNuclei && slide.tumourNuclei.total > 0 && (
          <p className="mt-1 text-sm">
            {richText('Tumour nuclei alone: {index}, {positive} positive of {all}, 95 % interval {interval}', {
              index: (
                <span key="index" data-testid="slide-tumour-percent-pos" className="font-semibold">
                  {percentText(slide.tumourNuclei)}
                </span>
              ),
              positive: wholeText(slide.tumourNuclei.positive),
              all: <GroupedNumber key="all" value={slide.tumourNuclei.total} testId="slide-tumour-num-total" />,
              interval: intervalText(slide.tumourNuclei),
            })}
          </p>
        )}
      </div>
      {(tumour || hottest) && (
        <dl className="grid grid-cols-2 gap-x-4 border-line border-t pt-2">
          <Side
            name={t('All tumour')}
            numbers={tumour}
            note={tumour ? provisionalNote(tumour) : t('no tumour region')}
          />
          <Side
            name={t('Hottest field')}
            numbers={hottest ?? null}
            note={hottest ? (tumour ? t('in the tumour') : t('in the tissue')) : t('not looked for yet')}
          />
        </dl>
      )}
    </div>
  );
}

const unscoredText = (wasScored: boolean): string =>
  wasScored
    ? t(
        'Provisional: the outline of the tissue has changed since it was scored, and a part of the new one is not scored yet.',
      )
    : t('Provisional: not all of the tissue is scored.');

const provisionalNote = ({ isComplete }: PartNumbers) => (isComplete ? t('all nuclei counted') : t('provisional'));

function Side({
  name,
  numbers,
  note,
}: {
  name: string;
  numbers: Omit<PartNumbers, 'isComplete'> | null;
  note: string;
}) {
  return (
    <div>
      <dt className="text-muted text-sm">{name}</dt>
      <dd>
        <span className="block font-semibold text-xl">{numbers ? percentText(numbers) : t('unknown')}</span>
        <span className="block text-muted text-xs">
          {[
            numbers &&
              t('{positive} of {total}, {area}', {
                positive: wholeText(numbers.positive),
                total: wholeText(numbers.total),
                area: mm2Text(numbers.areaMm2),
              }),
            note,
            numbers?.tumourNuclei && t('tumour nuclei alone {index}', { index: percentText(numbers.tumourNuclei) }),
          ]
            .filter(Boolean)
            .join('; ')}
        </span>
      </dd>
    </div>
  );
}
