import { useState } from 'react';
import { useAnnotationActions, useAnnotationStore } from '@/app/_annotate/annotation-context';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { deleteAnalysis, startAnalysis, takeSlideRegion } from '@/lib/client/analyses';
import { browserMemory, rememberRecent } from '@/lib/client/recent';
import { sentenceOf } from '@/lib/client/sentence-of';
import type { Analysis } from '@/lib/contracts/analysis';
import type { Annotation } from '@/lib/contracts/annotation';
import { resultOf } from './editing/result-of';

/** Makes of an annotation's pixels an analysis of its own, with inferred pictures, and opens it. */
export function OpenAsResult({ annotation }: { annotation: Annotation }) {
  const store = useAnnotationStore();
  const { say } = useAnnotationActions();
  const [isBusy, setBusy] = useState(false);

  async function open() {
    const { id, slide } = store.getState();
    const { region, scoring } = resultOf(annotation, slide);
    setBusy(true);
    let taken: Analysis | null = null;
    try {
      taken = await takeSlideRegion(id, region, scoring);
      // Without a pixel size its page asks for one, and starts it.
      if (taken.source?.microns_per_pixel != null) await startAnalysis(taken.id, {});
      rememberRecent(browserMemory(), {
        kind: 'analysis',
        id: taken.id,
        label: annotation.name || t('Region of a slide'),
      });
      window.location.assign(`/analyses/${taken.id}`);
    } catch (error) {
      // The next press takes another one. What cannot be deleted goes when its time is over.
      if (taken) await deleteAnalysis(taken.id).catch(() => undefined);
      setBusy(false);
      say(sentenceOf(error));
    }
  }
  return (
    <button
      type="button"
      className={TEXT_BUTTON}
      disabled={isBusy}
      title={t(
        "Analyses these pixels as an image of its own: inferred pictures, thresholds, downloads. White balance and staining are then of the region, so numbers can differ a little from the slide's.",
      )}
      onClick={open}
    >
      {isBusy ? t('Opening') : t('Open as result')}
    </button>
  );
}
