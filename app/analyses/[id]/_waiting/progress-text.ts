import { t } from '@/app/_text/t';
import type { Analysis, AnalysisProgress } from '@/lib/contracts/analysis';

export type ProgressText = { label: string; detail: string; fraction: number | null };

const STAGE_LABELS = {
  reading: t('Reading the image'),
  inferring: t('Inferring the stains'),
  scoring: t('Counting nuclei'),
  encoding: t('Drawing the pictures'),
} as const satisfies Record<NonNullable<AnalysisProgress['stage']>, string>;

/** The progress in words. `fraction` is the share of the tiles that are done; null while it is unknown. */
export function describeProgress({ state, progress }: Pick<Analysis, 'state' | 'progress'>): ProgressText {
  if (state === 'queued' || !progress) {
    const ahead = progress?.queue_position ?? 0;
    const detail =
      ahead > 0
        ? t('{count, plural, one {{count} analysis before this one} other {{count} analyses before this one}}', {
            count: ahead,
          })
        : '';
    return { label: t('Waiting for its turn'), detail, fraction: null };
  }
  const { stage, tiles, tiles_done: done } = progress;
  const label = STAGE_LABELS[stage ?? 'reading'];
  if (tiles === 0) return { label, detail: '', fraction: null };
  const detail = t('{tiles, plural, one {{done} of {tiles} tile} other {{done} of {tiles} tiles}}', { done, tiles });
  return { label, detail, fraction: done / tiles };
}

/** How far it is, for the title of the tab. */
export function titleOf(analysis: Pick<Analysis, 'state' | 'progress'>): string {
  const { state } = analysis;
  if (state === 'failed') return t('Failed');
  if (state === 'cancelled') return t('Cancelled');
  if (state === 'uploading') return t('Waiting for the image');
  const { label, fraction } = describeProgress(analysis);
  return fraction === null ? label : t('Analysing, {percent} %', { percent: Math.round(100 * fraction) });
}
