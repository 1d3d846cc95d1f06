import { micronsOf, type PixelSizeChoice, UNCHOSEN } from '@/app/_start/pixel-size-choice';
import type { BatchOptions, BatchRow } from '@/lib/contracts/batch';
import type { Classifier } from '@/lib/contracts/classifier';

type Marker = NonNullable<NonNullable<BatchOptions['scoring']>['marker']>;

/** What the images of a batch are run with. A threshold that is null is the model's own. */
export type Settings = {
  pixelSize: PixelSizeChoice;
  /** Whether an image whose file states a pixel size has that one. */
  usesStated: boolean;
  thresholds: Record<ThresholdName, number | null>;
  /** What the slides are stained for; null where nobody stated it. */
  marker: Marker | null;
  /** Taught on another image; null = kinds are those of the prior. */
  classifier: Classifier | null;
};
export type ThresholdName = 'prob_thresh' | 'size_thresh' | 'size_thresh_upper' | 'marker_thresh';

export const INITIAL_SETTINGS: Settings = {
  pixelSize: UNCHOSEN,
  usesStated: true,
  thresholds: { prob_thresh: null, size_thresh: null, size_thresh_upper: null, marker_thresh: null },
  marker: null,
  classifier: null,
};

/** The rows that run at the pixel size that the user chooses: their files state none, or it is not used. */
export const rowsToSize = (rows: readonly BatchRow[], { usesStated }: Settings): BatchRow[] =>
  rows.filter(({ source }) => !usesStated || source?.microns_per_pixel == null);

/** One request for the rows whose files state a pixel size, and one for the others; null where the settings are faulty. */
export function requestsFor(
  rows: readonly BatchRow[],
  settings: Settings,
): { analyses: string[]; options: BatchOptions }[] | null {
  const { pixelSize } = settings;
  const microns = micronsOf(pixelSize);
  const scoring = scoringOf(settings);
  const others = rowsToSize(rows, settings);
  const own = rows.filter((row) => !others.includes(row));
  if (others.length > 0 && microns === null) return null;
  const size =
    pixelSize.name === 'other' || pixelSize.name === null
      ? { microns_per_pixel: microns ?? undefined }
      : { resolution: pixelSize.name };
  return [
    { analyses: own.map(({ analysis }) => analysis), options: { ...scoring } },
    { analyses: others.map(({ analysis }) => analysis), options: { ...scoring, ...size } },
  ].filter(({ analyses }) => analyses.length > 0);
}

function scoringOf({ thresholds, marker, classifier }: Settings): Pick<BatchOptions, 'scoring'> {
  const stated = Object.entries({ ...thresholds, marker, classifier }).filter(([, value]) => value !== null);
  return stated.length === 0 ? {} : { scoring: Object.fromEntries(stated) };
}
