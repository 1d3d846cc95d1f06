import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { wholeText } from '@/lib/contracts/whole-text';
import type { ZoneNumbers } from '@/lib/scoring/slide/zone-numbers';

export const percentText = ({ total, percentPositive }: Pick<ZoneNumbers, 'total' | 'percentPositive'>): string =>
  total === 0 ? 'none' : `${percentPositive.toFixed(1)} %`;

export const boundsText = ({ interval }: Pick<ZoneNumbers, 'interval'>): string =>
  `${interval[0].toFixed(1)} to ${interval[1].toFixed(1)}`;

export const intervalText = (numbers: Pick<ZoneNumbers, 'interval'>): string => `${boundsText(numbers)} %`;

/** An area in mm², to three figures. */
export const mm2Text = (areaMm2: number): string => `${Number(areaMm2.toPrecision(3)).toLocaleString('en-GB')} mm²`;

/** Words for a scoring that waits or works. */
export function describeScoring({ state, progress }: Pick<SlideScoring, 'state' | 'progress'>): {
  label: string;
  detail: string;
  fraction: number | null;
} {
  const { queue_position: ahead, cells, cells_done: done, seconds_left: left } = progress;
  if (state === 'queued')
    return {
      label: 'Waiting',
      detail: ahead === 0 ? 'It is the next one.' : `${ahead} ${ahead === 1 ? 'is' : 'are'} before it.`,
      fraction: null,
    };
  if (cells === 0) return { label: 'Scoring', detail: 'Looking at the slide.', fraction: null };
  const rest = left === null ? '' : `, ${leftText(left)} left`;
  return {
    label: 'Scoring',
    detail: `${wholeText(done)} of ${wholeText(cells)} fields${rest}`,
    fraction: done / cells,
  };
}

function leftText(seconds: number): string {
  if (seconds < 50) return `about ${Math.max(5, 5 * Math.round(seconds / 5))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${Math.max(1, minutes)} min` : `about ${Math.round(minutes / 60)} h`;
}
