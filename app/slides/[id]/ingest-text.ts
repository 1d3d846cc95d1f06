import type { Slide } from '@/lib/contracts/slide';
import { wholeText } from '@/lib/contracts/whole-text';

/** Words for the progress of an ingest. */
export function describeIngest({ state, progress }: Pick<Slide, 'state' | 'progress'>): {
  label: string;
  detail: string;
  fraction: number | null;
} {
  const { queue_position: ahead = 0, stage = null, tiles_done: done = 0, tiles = 0 } = progress ?? {};
  if (state === 'queued')
    return {
      label: 'Waiting',
      detail: ahead === 0 ? 'It is the next one.' : `${ahead} ${ahead === 1 ? 'is' : 'are'} before it.`,
      fraction: null,
    };
  if (stage !== 'encoding' || tiles === 0) return { label: 'Reading the file', detail: '', fraction: null };
  const counted = `${wholeText(done)} of ${wholeText(tiles)} tiles`;
  return {
    label: 'Writing the copy',
    detail: done === tiles ? `${counted}; storing it` : counted,
    fraction: done / tiles,
  };
}
