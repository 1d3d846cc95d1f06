import type { Thresholds } from '@/lib/scoring/thresholds';
import { findConnectedNuclei } from './connected-nuclei';
import { measureNuclei } from './measure-nuclei';
import type { NucleusMaps, Rows } from './nucleus-maps';
import { type NucleusPlanes, readPlanes } from './nucleus-planes';
import type { NucleusRuns } from './nucleus-runs';
import type { NucleusTable } from './nucleus-table';
import { findSplitNuclei } from './split-nuclei';

export type SegmentOptions = Pick<Thresholds, 'algorithm' | 'probThresh'> & {
  readonly micronsPerPixel: number;
  /** `watershed` only: clusters of touching nuclei whose first row is not one of these are not split; every row by default. */
  readonly begin?: Rows;
};

/** The reference's default, for `deepliif`. */
const NOISE_THRESH = 4;

/**
 * Finds and measures all nuclei of a scene; no gate is applied yet.
 *
 * `deepliif` reproduces the reference's connected components (`findConnectedNuclei`), `watershed` splits touching nuclei
 * (`findSplitNuclei`). The result depends only on the maps and these options, so gates can change without a new search.
 *
 * @throws AppError `shape_mismatch` when the pictures differ in size or image or segmentation are not RGB.
 */
export const segmentNuclei = (maps: NucleusMaps, options: SegmentOptions): NucleusTable =>
  segmentPlanes(readPlanes(maps), options);

/** The same from planes, with the runs of the label map. */
export function segmentPlanes(planes: NucleusPlanes, options: SegmentOptions): NucleusTable & { runs: NucleusRuns } {
  const { algorithm, probThresh, micronsPerPixel } = options;
  const found =
    algorithm === 'deepliif'
      ? findConnectedNuclei(planes.segmentation, probThresh, NOISE_THRESH)
      : findSplitNuclei(planes, probThresh, micronsPerPixel, options.begin);
  return { algorithm, ...found, ...measureNuclei(found.runs, found.count, planes) };
}
