import type { SlideChoices, StartAnalysis } from '@/lib/contracts/analysis';
import { MICRONS_PER_PIXEL_RANGE, type SlideRegion } from '@/lib/contracts/options';

export type ChoiceImage = SlideChoices['images'][number];

/** Side of the proposed region, in pixels of the level: analysed in seconds. */
const PROPOSED_SIDE = 3000;
/** A smaller region hardly holds a nucleus. */
const MIN_SIDE = 64;

/** The levels to offer: the full resolution, and levels whose pixels are not too large for the analysis. */
export function levelsFor({ levels }: ChoiceImage, micronsPerPixel: number | null): number[] {
  const isFine = (downsample: number) => (micronsPerPixel ?? 0) * downsample <= MICRONS_PER_PIXEL_RANGE.max * 1.01;
  return levels.flatMap(({ downsample }, level) => (level === 0 || isFine(downsample) ? [level] : []));
}

/** A level of an image, or the full resolution if there is no such level. */
export const levelOf = (image: ChoiceImage, level: number) =>
  image.levels[level] ?? { width: image.width, height: image.height, downsample: 1 };

/** The proposed region: null if the whole level can be analysed, else a field in the middle. */
export function proposeRegion(image: ChoiceImage, level: number, maxPixels: number): SlideRegion | null {
  const { width, height, downsample } = levelOf(image, level);
  if (width * height <= maxPixels) return null;
  const side = Math.min(PROPOSED_SIDE, Math.sqrt(maxPixels)) * downsample;
  const [regionWidth, regionHeight] = [Math.min(side, image.width), Math.min(side, image.height)];
  const centred = { x: (image.width - regionWidth) / 2, y: (image.height - regionHeight) / 2 };
  return fitRegion({ ...centred, width: regionWidth, height: regionHeight }, image, level, maxPixels);
}

/** The nearest region that lies inside the image, has whole pixels, and can be analysed. */
export function fitRegion(region: SlideRegion, image: ChoiceImage, level: number, maxPixels: number): SlideRegion {
  const { downsample } = levelOf(image, level);
  const clamp = (value: number, min: number, max: number) => Math.floor(Math.min(Math.max(value, min), max));
  const sideOf = (side: number, whole: number) => clamp(side, Math.min(whole, MIN_SIDE * downsample), whole);
  let [width, height] = [sideOf(region.width, image.width), sideOf(region.height, image.height)];
  const excess = (width * height) / (maxPixels * downsample ** 2);
  const shrink = (side: number) => (excess > 1 ? Math.floor(side / Math.sqrt(excess)) : side);
  [width, height] = [shrink(width), shrink(height)];
  return {
    x: clamp(region.x, 0, image.width - width),
    y: clamp(region.y, 0, image.height - height),
    width,
    height,
  };
}

/** A region of the same size around a point. */
export const centreOn = (region: SlideRegion, x: number, y: number): SlideRegion => ({
  ...region,
  x: x - region.width / 2,
  y: y - region.height / 2,
});

/** The body for the start, without the pixel size. */
export function partBody(slide: SlideChoices, level: number, region: SlideRegion | null): StartAnalysis {
  const { series, plane } = slide;
  return { series, plane, ...(level > 0 && { level }), ...(region && { region }) };
}
