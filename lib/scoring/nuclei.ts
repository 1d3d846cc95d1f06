import { AppError } from '@/lib/errors';
import { assertSameSize } from '@/lib/imaging/raster';
import { findConnectedNuclei } from './connected-nuclei';
import { type Algorithm, measureNuclei, type NucleusMaps, type NucleusTable, type Rows } from './nucleus-table';
import { findSplitNuclei } from './split-nuclei';

export type SegmentOptions = {
  readonly algorithm: Algorithm;
  /** A pixel is nucleus where red + blue of the segmentation exceeds this; 0 to 254. */
  readonly probThresh: number;
  readonly micronsPerPixel: number;
  /** `watershed` only: clusters of touching nuclei that begin in other rows are not split. Every row, unless told. */
  readonly begin?: Rows;
  /** `deepliif` only: components of this many pixels or fewer are no cells; 4 unless told. */
  readonly noiseThresh?: number;
  /** `deepliif` only: components of this many pixels or more are no cells; null, unless told, sets no limit. */
  readonly largeNoiseThresh?: number | null;
};

/** The reference's default. */
const NOISE_THRESH = 4;

/**
 * Finds and measures all nuclei of a scene; no gate is applied yet.
 *
 * `deepliif` reproduces the reference's connected components (`findConnectedNuclei`), `watershed` splits touching nuclei
 * (`findSplitNuclei`). A table depends on the maps and these options only, so gates can move without finding anew.
 *
 * @throws AppError `shape_mismatch` when the pictures differ in size or image or segmentation are not RGB.
 */
export function segmentNuclei(maps: NucleusMaps, options: SegmentOptions): NucleusTable {
  const { image, segmentation, marker } = maps;
  const { algorithm, probThresh, micronsPerPixel, noiseThresh = NOISE_THRESH, largeNoiseThresh = null } = options;
  assertSameSize(image, segmentation);
  if (marker !== null) assertSameSize(image, marker);
  for (const { channels } of [image, segmentation])
    if (channels !== 3) throw new AppError('shape_mismatch', `expected 3 channels, got ${channels}`);
  const found =
    algorithm === 'deepliif'
      ? findConnectedNuclei(segmentation, probThresh, noiseThresh, largeNoiseThresh)
      : findSplitNuclei(segmentation, probThresh, micronsPerPixel, options.begin);
  return { algorithm, ...found, ...measureNuclei(found.labelMap, found.count, image, marker) };
}
