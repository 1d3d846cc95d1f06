import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { t } from '@/app/_text/t';
import { deleteDraft, startAnalysis } from '@/lib/client/analyses';
import { sentenceOf } from '@/lib/client/sentence-of';
import { RESOLUTIONS, type Resolution } from '@/lib/contracts/picture-choice';
import { writeSummaryChoice } from '@/lib/contracts/score-choice';
import { browserStorage, dropDraft } from '../../_result/drafts';
import { useRestarted, useResult, useResultStore } from '../../_result/result-context';
import type { ResultModel } from '../../_result/result-store';

const NAMES = Object.keys(RESOLUTIONS) as Resolution[];
/** Scanners of one magnification differ by less. */
const SAME = 0.15;

/**
 * Says at which magnification the image was scored, and scores it again at another one. The image is not sent again.
 * Regions and corrections are kept; thresholds are chosen anew, since sizes in pixels mean something else then.
 */
export function RunAgain() {
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const isDoubted = useResult(
    ({ analysis }) => analysis.result?.warnings.some(({ code }) => code === 'pixel_size_doubtful') ?? false,
  );
  const store = useResultStore();
  const onRestarted = useRestarted();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const present = NAMES.find((name) => Math.abs(Math.log(micronsPerPixel / RESOLUTIONS[name])) < SAME);

  const magnification = present ?? t('{size} µm per pixel', { size: micronsPerPixel });

  async function runAt(resolution: Resolution) {
    setIsBusy(true);
    setProblem(null);
    const state = store.getState();
    const { id } = state.analysis;
    try {
      await startAnalysis(id, { resolution, ...keptOf(state) });
      // The new run has what was changed here.
      dropDraft(browserStorage(), id);
      await deleteDraft(id).catch(() => undefined);
      onRestarted();
    } catch (error) {
      setProblem(sentenceOf(error));
      setIsBusy(false);
    }
  }

  return (
    <fieldset aria-label={t('Magnification')} className="text-sm" data-testid="run-again">
      <p className={`flex flex-wrap items-center gap-x-2 gap-y-1 ${isDoubted ? 'font-medium' : 'text-muted'}`}>
        <span>
          {isBusy
            ? t('Scored at {magnification}. Starting again.', { magnification })
            : t('Scored at {magnification}. Run again at', { magnification })}
        </span>
        {!isBusy &&
          NAMES.filter((name) => name !== present).map((name) => (
            <button
              key={name}
              type="button"
              aria-label={t('Run again at {magnification}', { magnification: name })}
              title={t('{size} µm per pixel; the image is not sent again', { size: RESOLUTIONS[name] })}
              onClick={() => void runAt(name)}
              className="min-h-9 cursor-pointer rounded border border-edge px-2.5 text-ink hover:border-ink"
            >
              {name}
            </button>
          ))}
      </p>
      {problem && <ProblemNotice problem={t('The image was not started again. {problem}', { problem })} />}
    </fieldset>
  );
}

/** What a new run keeps: the network, the marker, regions, corrections, what was taught and cut points of intensity. */
function keptOf({ analysis, parameters }: ResultModel) {
  const { intensity, hotSpot, marker, membrane, regions, corrections, teaching, classifier } = parameters;
  return {
    model: analysis.result?.provenance.model.split('@')[0],
    scoring: {
      ...writeSummaryChoice(intensity, hotSpot),
      regions: [...regions],
      corrections: [...corrections],
      ...(marker && { marker }),
      ...membrane,
      ...(teaching.clicks.length > 0 && { teaching }),
      ...(classifier && { classifier }),
    },
  };
}
