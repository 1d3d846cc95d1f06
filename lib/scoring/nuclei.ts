import { findConnectedNuclei } from './connected-nuclei';
import { type Algorithm, measureNuclei, type NucleusMaps, type NucleusTable } from './nucleus-table';
import { findSplitNuclei } from './split-nuclei';

export type SegmentOptions = {
  readonly algorithm: Algorithm;
  /** A pixel is nucleus where red + blue of the segmentation exceeds this; 0 to 254. */
  readonly probThresh: number;
  readonly micronsPerPixel: number;
  /** `deepliif` only: components of this many pixels or fewer are no cells; 4 unless told. */
  readonly noiseThresh?: number;
  /** `deepliif` only: 'auto' drops components of 1000, 4000, 16000 px or more at 10x, 20x, 40x; null (unless told) none. */
  readonly largeNoiseThresh?: 'auto' | null;
};

const NOISE_THRESH = 4;

/** Finds and measures all nuclei of a scene; no gate is applied yet. */
export function segmentNuclei(maps: NucleusMaps, options: SegmentOptions): NucleusTable {
  const { algorithm, micronsPerPixel, noiseThresh = NOISE_THRESH, largeNoiseThresh = null } = options;
  const large =
    largeNoiseThresh === 'auto' ? (micronsPerPixel < 0.35 ? 16000 : micronsPerPixel < 0.7 ? 4000 : 1000) : null;
  const found =
    algorithm === 'deepliif'
      ? findConnectedNuclei(maps.segmentation, options.probThresh, noiseThresh, large)
      : findSplitNuclei(maps.segmentation, options.probThresh, micronsPerPixel);
  return { algorithm, ...found, ...measureNuclei(found.labelMap, found.count, maps.image, maps.marker) };
}
