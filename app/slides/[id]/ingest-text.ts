import { t } from '@/app/_text/t';
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
      label: t('Waiting'),
      detail:
        ahead === 0
          ? t('It is the next one.')
          : t('{ahead, plural, one {{ahead} is before it.} other {{ahead} are before it.}}', { ahead }),
      fraction: null,
    };
  if (stage !== 'encoding' || tiles === 0) return { label: t('Reading the file'), detail: '', fraction: null };
  const counted = { done: wholeText(done), tiles: wholeText(tiles) };
  return {
    label: t('Writing the copy'),
    detail: done === tiles ? t('{done} of {tiles} tiles; storing it', counted) : t('{done} of {tiles} tiles', counted),
    fraction: done / tiles,
  };
}
