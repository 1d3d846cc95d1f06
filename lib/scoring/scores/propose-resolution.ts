import type { LabelMap, Raster } from '@/lib/imaging/raster';
import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import { RESOLUTIONS } from './likelier-resolution';
import { measureSizes } from './nucleus-sizes';

/** What is found in a part of a picture that is taken as one of this pixel size. */
export type ScaleLook = {
  readonly micronsPerPixel: number;
  readonly count: number;
  /** Diameter of a circle with the median area, in image pixels. */
  readonly medianDiameterPx: number;
  /** How sure the network is inside of nuclei, 0 to 255: the mean of the larger of its two classes. */
  readonly certainty: number;
};

/** Measures the nuclei of a part. @param segmentation - RGB, of the size of the label map */
export function lookAt(
  nuclei: Pick<MeasuredNuclei, 'areaPx'> & { readonly labelMap: LabelMap },
  segmentation: Raster,
  micronsPerPixel: number,
): ScaleLook {
  const sizes = measureSizes(nuclei, micronsPerPixel) ?? { count: 0, medianDiameterPx: 0 };
  const { data } = nuclei.labelMap;
  let sum = 0;
  let pixels = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    sum += Math.max(segmentation.data[3 * i], segmentation.data[3 * i + 2]);
    pixels++;
  }
  return { micronsPerPixel, ...sizes, certainty: pixels === 0 ? 0 : sum / pixels };
}

/**
 * What the network finds where the pixel size is right. In 72 simulated fields the median nucleus measures 4.6 to 8.2 µm
 * (5th and 95th percentile) at a certainty of 111 to 168; nuclei that are shown half as large leave it less sure (87 in the
 * middle), those twice as large more (190). Real nuclei are larger than simulated ones (`likelier-resolution.ts`).
 */
const RIGHT = { diameterUm: 6.5, certainty: 140 };
/** Differences that weigh alike: of the diameter as a natural logarithm, and of the certainty. */
const WEIGHT = { diameter: 0.25, certainty: 30 };
/** The median of fewer nuclei says too little. */
const FEWEST_NUCLEI = 20;
/** What fits worse is no nucleus. */
const LARGEST_MISFIT = 9;
/**
 * Where another magnification fits nearly as well, none is proposed: small nuclei at 40x look as large ones do at 20x. With
 * this lead nine in ten proposals on labelled fields are right, and a quarter of the fields get none. The lead was adjusted on
 * those fields (docs/accuracy.md).
 */
const LEAST_LEAD = 2.5;

/**
 * The scan magnification of a picture that states none, judged by nuclei found in it at each magnification's pixel size.
 *
 * @returns null where it cannot be told
 */
export function proposeResolution(looks: readonly ScaleLook[]) {
  const fits = RESOLUTIONS.flatMap((resolution) => {
    const look = looks.find(({ micronsPerPixel }) => micronsPerPixel === resolution.micronsPerPixel);
    return look && look.count >= FEWEST_NUCLEI ? [{ ...resolution, ...look, misfit: misfitOf(look) }] : [];
  }).sort((a, b) => a.misfit - b.misfit);
  const [best, next] = fits;
  if (!best || best.misfit > LARGEST_MISFIT || (next && next.misfit - best.misfit < LEAST_LEAD)) return null;
  return { name: best.name, count: best.count, medianDiameterPx: best.medianDiameterPx };
}

function misfitOf({ medianDiameterPx, micronsPerPixel, certainty }: ScaleLook): number {
  const diameter = Math.log((medianDiameterPx * micronsPerPixel) / RIGHT.diameterUm) / WEIGHT.diameter;
  return diameter ** 2 + ((certainty - RIGHT.certainty) / WEIGHT.certainty) ** 2;
}
