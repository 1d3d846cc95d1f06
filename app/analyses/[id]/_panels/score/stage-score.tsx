import { useEffect } from 'react';
import { GroupedNumber } from '@/app/_components/grouped-number';
import { Button } from '@/app/_components/ui/button';
import { richText, t } from '@/app/_text/t';
import { useMayEdit, useResult, useResultActions } from '../../_result/result-context';
import { hasUnsavedChanges } from '../../_result/result-store';
import { headlineOf, membraneLeadOf } from '../../_result/shown-numbers';

/** The numbers in one line, and Save changes: for the full screen, in which there is no rail. */
export function StageScore() {
  const live = useResult((state) => state.live);
  const sketch = useResult((state) => state.sketch);
  const analysis = useResult((state) => state.analysis);
  const headline = useResult((state) => state.headline);
  const isChanged = useResult(hasUnsavedChanges);
  const update = useResult((state) => state.update);
  const isRefused = useResult((state) => state.theirs?.isRefusal === true);
  const mayEdit = useMayEdit();
  const { saveUpdate } = useResultActions();
  const marker = useResult((state) => state.parameters.marker);
  const membrane = membraneLeadOf({ live, analysis, marker });
  const { total, positive, percentPositive, interval, isTumour } = headlineOf({ live, sketch, analysis, headline });
  const parts = {
    percent: percentPositive.toFixed(1),
    positive: <GroupedNumber key="positive" value={positive} />,
    total: <GroupedNumber key="total" value={total} />,
  };
  // What the page asks then lies below the full screen.
  useEffect(() => {
    if (isRefused && document.fullscreenElement) void document.exitFullscreen();
  }, [isRefused]);
  return (
    <section
      aria-label={t('Score in full screen')}
      className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-stage-line border-b px-4 py-1.5 text-sm"
    >
      <strong className="font-semibold text-2xl tracking-tight">
        {membrane ? membrane.value : `${percentPositive.toFixed(1)} %`}
      </strong>
      <span>
        {membrane
          ? isTumour
            ? richText('Nuclei: {percent} %, {positive} positive of {total} tumour nuclei', parts)
            : richText('Nuclei: {percent} %, {positive} positive of {total} nuclei', parts)
          : isTumour
            ? richText('{positive} positive of {total} tumour nuclei', parts)
            : richText('{positive} positive of {total} nuclei', parts)}
      </span>
      {total > 0 && (
        <span className="text-stage-muted">
          {t('95 % interval {low} to {high} %', { low: interval[0].toFixed(1), high: interval[1].toFixed(1) })}
        </span>
      )}
      {mayEdit && (
        <span className="ml-auto flex items-center gap-3">
          <span role="status" className="text-stage-muted">
            {update.state === 'failed' ? update.problem : isChanged ? t('Unsaved changes.') : t('Saved.')}
          </span>
          <Button
            look="stage"
            className="min-h-9! px-3!"
            aria-disabled={update.state === 'saving'}
            onClick={saveUpdate}
          >
            {t('Save changes')}
          </Button>
        </span>
      )}
    </section>
  );
}
