import { useAnnotations } from '@/app/_annotate/annotation-context';
import { PanelSection } from '@/app/_components/panel-section';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button } from '@/app/_components/ui/button';
import { ProgressBar } from '@/app/_components/ui/progress-bar';
import { useTabTitle } from '@/app/_components/use-label';
import { t } from '@/app/_text/t';
import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { describeScoring, percentText } from './number-texts';
import { PixelSizeDialog } from './pixel-size-dialog';
import { tumourScope } from './scopes';
import { ScoreHeadline } from './score-headline';
import { useScoring, useScoringActions } from './scoring-context';
import { activeOf } from './scoring-store';
import { SMALL_BUTTON } from './small-button';
import type { TableNumbers } from './table/table-protocol';

/** What is scored, how far that is, and the numbers in large. */
export function ScoreSection() {
  const numbers = useScoring((state) => state.numbers);
  const fault = useScoring((state) => state.fault);
  const mayEdit = useScoring((state) => state.mayEdit);
  const isKnown = useScoring((state) => state.scorings !== null);
  return (
    <PanelSection title={t('Score')}>
      <div className="space-y-3">
        {numbers && numbers.cells > 0 ? (
          <ScoreHeadline numbers={numbers} />
        ) : (
          isKnown && (
            <p className="text-pretty text-muted text-sm">
              {mayEdit
                ? t('Nothing is scored yet. Draw around the tumour and score it, or score all of the tissue.')
                : t('Nothing is scored yet.')}
            </p>
          )
        )}
        <RunState />
        {mayEdit && <ScoreButtons />}
        {fault && (
          <ProblemNotice problem={fault.problem}>
            <Button look="secondary" className={SMALL_BUTTON} onClick={fault.retry}>
              {t('Try again')}
            </Button>
          </ProblemNotice>
        )}
      </div>
      <PixelSizeDialog />
    </PanelSection>
  );
}

function ScoreButtons() {
  const selected = useAnnotations((state) => state.selected);
  const saving = useAnnotations((state) => state.saving.step);
  const annotations = useAnnotations((state) => state.annotations);
  const isBusy = useScoring((state) => state.isStarting || activeOf(state.scorings) !== null);
  const { score } = useScoringActions();
  // The server scores annotations that it has.
  const isWaiting = isBusy || saving !== 'saved';
  const tumour = tumourScope(annotations);
  const areCores = tumour?.kind === 'annotations';
  return (
    <div className="print:hidden">
      <div className="flex flex-wrap gap-2">
        <Button
          className={SMALL_BUTTON}
          disabled={isWaiting || selected.length === 0}
          onClick={() => score({ kind: 'annotations', ids: [...selected] })}
        >
          {t('Score region')}
        </Button>
        <Button
          look="secondary"
          className={SMALL_BUTTON}
          disabled={isWaiting || tumour === null}
          onClick={() => tumour && score(tumour)}
        >
          {t('Score tumour')}
        </Button>
        <Button look="secondary" className={SMALL_BUTTON} disabled={isWaiting} onClick={() => score({ kind: 'slide' })}>
          {t('Score slide')}
        </Button>
      </div>
      {selected.length === 0 && (
        <p className="mt-1 text-muted text-xs">{t('Select an annotation to score that region alone.')}</p>
      )}
      {areCores && (
        <p className="mt-1 text-pretty text-muted text-xs">
          {t('No region is of the class tumour, so Score tumour scores the cores ({count}). Each has its numbers.', {
            count: tumour.ids.length,
          })}
        </p>
      )}
    </div>
  );
}

/** The scoring that waits or works, or why the last one has failed. */
function RunState() {
  const scorings = useScoring((state) => state.scorings);
  const mayEdit = useScoring((state) => state.mayEdit);
  const { cancel, score } = useScoringActions();
  const active = activeOf(scorings);
  const latest = scorings?.[0];
  const hasCells = useScoring((state) => (state.numbers?.cells ?? 0) > 0);
  useTabTitle([titleOf(active, latest), useScoring((state) => indexOf(state.numbers))]);
  if (active) {
    const { label, detail, fraction } = describeScoring(active);
    return (
      <div data-testid="scoring-progress">
        <ProgressBar label={label} fraction={fraction} />
        <div className="mt-1 flex min-h-9 items-center justify-between gap-3">
          <p className="text-muted text-sm">{detail}</p>
          {mayEdit && (
            <Button look="secondary" className={SMALL_BUTTON} onClick={() => cancel(active.id)}>
              {t('Cancel')}
            </Button>
          )}
        </div>
        <Warnings of={active} />
      </div>
    );
  }
  if (latest?.state === 'failed')
    return (
      <ProblemNotice
        problem={`${t('The scoring failed.')} ${latest.problem?.detail ?? t('The server gave no reason.')}`}
      >
        {mayEdit && (
          <Button look="secondary" className={SMALL_BUTTON} onClick={() => score(latest.scope)}>
            {t('Go on')}
          </Button>
        )}
      </ProblemNotice>
    );
  if (latest?.state === 'cancelled')
    return (
      <p className="text-muted text-sm">
        {hasCells
          ? t('The last scoring was cancelled. What it has found stays.')
          : t('The last scoring was cancelled.')}
      </p>
    );
  return latest ? <Warnings of={latest} /> : null;
}

function Warnings({ of: { warnings } }: { of: SlideScoring }) {
  return warnings.length > 0 ? (
    <ul className="list-disc space-y-1 pl-5 text-pretty text-sm">
      {warnings.map(({ code, detail }) => (
        <li key={code}>{detail}</li>
      ))}
    </ul>
  ) : null;
}

/** How far the scoring is, or that it has failed, for the title of a tab in the background. */
function titleOf(active: SlideScoring | null, latest: SlideScoring | undefined): string | null {
  if (!active) return latest?.state === 'failed' ? t('Scoring failed') : null;
  const { label, fraction } = describeScoring(active);
  return fraction === null ? label : t('Scoring, {percent} %', { percent: Math.round(100 * fraction) });
}

const indexOf = (numbers: TableNumbers | null) => (numbers && numbers.cells > 0 ? percentText(numbers.slide) : null);
