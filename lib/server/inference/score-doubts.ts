import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import type { Regions } from '@/lib/scoring/gate/apply-regions';
import { shareInside } from '@/lib/scoring/gate/roi';
import type { ImageScore } from '@/lib/scoring/score-image';
import { likelierResolution } from '@/lib/scoring/scores/likelier-resolution';
import type { HotSpotWish } from '@/lib/scoring/scores/score-summary';
import type { Warning } from '@/lib/warnings';

/** Warns of a wrong magnification, which shows in the size of the nuclei and makes every number wrong. */
export function resolutionDoubts({ sizes }: ImageScore, micronsPerPixel: number): Warning[] {
  const likelier = sizes && likelierResolution(sizes.count, sizes.medianDiameterPx, micronsPerPixel);
  if (!likelier) return [];
  const { name, diameterUm, plausibleUm } = likelier;
  const detail = `At ${micronsPerPixel} µm per pixel the median nucleus measures ${diameterUm.toFixed(1)} µm; nuclei measure ${plausibleUm.min} to ${plausibleUm.max} µm. ${name} (${likelier.micronsPerPixel} µm per pixel) is likelier.`;
  return [{ code: 'pixel_size_doubtful', detail }];
}

type Scored = { image: Raster; micronsPerPixel: number; regions: Regions };

/** Warns of a count of none, and of a region outside the image: both look like results. */
export function countDoubts(score: ImageScore, scored: Scored): Warning[] {
  return [...nothingFound(score, scored), ...regionsOutside(scored)];
}

function nothingFound(
  { total, sizes, thresholds }: ImageScore,
  { image, micronsPerPixel, regions }: Scored,
): Warning[] {
  if (total > 0) return [];
  const found = sizes?.count ?? 0;
  const { probThresh, sizeThresh, sizeThreshUpper } = thresholds;
  if (found === 0) {
    const detail = `No nucleus was found in ${image.width} x ${image.height} pixels of ${micronsPerPixel} µm, above a segmentation threshold of ${probThresh}: 0 % is not a result.`;
    return [{ code: 'nothing_found', detail }];
  }
  const range =
    sizeThreshUpper === null ? `above ${sizeThresh} pixels` : `between ${sizeThresh} and ${sizeThreshUpper} pixels`;
  const count = regions.include.length + regions.exclude.length;
  const where = count === 0 ? '' : `, by the ${count === 1 ? 'region' : `${count} regions`}`;
  const detail = `None of the ${found} nuclei found is left by the size limits (${range})${where} or by corrections: 0 % is not a result.`;
  return [{ code: 'nothing_found', detail }];
}

/** Warns where a hot spot was asked for and none was found. */
export function hotSpotDoubts(
  { summary, total }: ImageScore,
  { image, micronsPerPixel, hotSpot }: { image: Raster; micronsPerPixel: number; hotSpot: HotSpotWish | null },
): Warning[] {
  if (hotSpot?.kind !== 'find' || summary.hotSpot !== null) return [];
  const { size } = hotSpot;
  const side = (pixels: number) => (pixels * micronsPerPixel) / 1000;
  const detail =
    'mm2' in size
      ? `A hot spot of ${size.mm2} mm² was asked for. The image measures ${side(image.width).toFixed(3)} x ${side(image.height).toFixed(3)} mm and holds ${total} nuclei: no such field lies in it.`
      : `A hot spot of ${size.nuclei} nuclei was asked for. ${total} nuclei are counted: no such field lies in the image.`;
  return [{ code: 'hot_spot_not_found', detail }];
}

/** Says what membranes were checked on, wherever they are measured. */
export function membraneDoubts({ summary }: ImageScore): Warning[] {
  if (!summary.membrane) return [];
  const { tumour } = summary.membrane;
  return [unprovenMembranes(tumour.total)];
}

/** @param cells - tumour cells whose membranes were measured */
export const unprovenMembranes = (cells: number): Warning => ({
  code: 'membrane_unproven',
  detail: `The membranes of ${cells} tumour cells were measured. Network, kinds of nuclei and cut points were never trained or checked on real slides of HER2, PD-L1 or another membranous marker, only on simulated fields: it is a measurement, not a diagnosis.`,
});

/** A warning comes where less than this share of a region is in the image. A frame may be a little too large. */
const MIN_INSIDE = 0.5;

function regionsOutside({ image: { width, height }, regions }: Scored): Warning[] {
  const shares = [...regions.include, ...regions.exclude].map((polygon) => shareInside(polygon, width, height));
  const missing = shares.filter((share) => share === 0).length;
  const cut = shares.filter((share) => share > 0 && share < MIN_INSIDE).length;
  if (missing + cut === 0) return [];
  const lie = (count: number) => (count === 1 ? '1 lies' : `${count} lie`);
  const parts = [
    ...(missing > 0 ? [`${lie(missing)} outside it`] : []),
    ...(cut > 0 ? [`${lie(cut)} less than half inside it`] : []),
  ];
  const detail = `The image has ${width} x ${height} pixels. Of ${shares.length === 1 ? 'the 1 region' : `${shares.length} regions`} ${parts.join(', ')}.`;
  return [{ code: 'region_outside_image', detail }];
}
