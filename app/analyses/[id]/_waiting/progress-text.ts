import type { Analysis, AnalysisProgress } from '@/lib/contracts/analysis';

export type ProgressText = { label: string; detail: string; fraction: number | null };

const STAGE_LABELS = {
  reading: 'Reading the image',
  inferring: 'Inferring the stains',
  scoring: 'Counting nuclei',
  encoding: 'Drawing the pictures',
} as const satisfies Record<NonNullable<AnalysisProgress['stage']>, string>;

/** The progress in words. `fraction` is the share of the tiles that are done; null while it is unknown. */
export function describeProgress({ state, progress }: Pick<Analysis, 'state' | 'progress'>): ProgressText {
  if (state === 'queued' || !progress) {
    const ahead = progress?.queue_position ?? 0;
    const detail = ahead > 0 ? `${ahead} ${ahead === 1 ? 'analysis' : 'analyses'} before this one` : '';
    return { label: 'Waiting for its turn', detail, fraction: null };
  }
  const { stage, tiles, tiles_done: done } = progress;
  const label = STAGE_LABELS[stage ?? 'reading'];
  if (tiles === 0) return { label, detail: '', fraction: null };
  return { label, detail: `${done} of ${tiles} ${tiles === 1 ? 'tile' : 'tiles'}`, fraction: done / tiles };
}
