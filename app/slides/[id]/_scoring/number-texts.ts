import { t } from '@/app/_text/t';
import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { wholeText, percentText as wordsOfPercent } from '@/lib/contracts/whole-text';
import type { ZoneNumbers } from '@/lib/scoring/slide/zone-numbers';

export const percentText = ({ total, percentPositive }: Pick<ZoneNumbers, 'total' | 'percentPositive'>): string =>
  total === 0 ? t('none') : wordsOfPercent(percentPositive);

export const boundsText = ({ interval }: Pick<ZoneNumbers, 'interval'>): string =>
  t('{low} to {high}', { low: interval[0].toFixed(1), high: interval[1].toFixed(1) });

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
      label: t('Waiting'),
      detail:
        ahead === 0
          ? t('It is the next one.')
          : t('{ahead, plural, one {{ahead} is before it.} other {{ahead} are before it.}}', { ahead }),
      fraction: null,
    };
  if (cells === 0) return { label: t('Scoring'), detail: t('Looking at the slide.'), fraction: null };
  const fields = { done: wholeText(done), cells: wholeText(cells) };
  return {
    label: t('Scoring'),
    detail:
      left === null
        ? t('{done} of {cells} fields', fields)
        : t('{done} of {cells} fields, {time} left', { ...fields, time: leftText(left) }),
    fraction: done / cells,
  };
}

function leftText(seconds: number): string {
  if (seconds < 50) return t('about {seconds} s', { seconds: Math.max(5, 5 * Math.round(seconds / 5)) });
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? t('about {minutes} min', { minutes: Math.max(1, minutes) })
    : t('about {hours} h', { hours: Math.round(minutes / 60) });
}
