import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { type SlideImage, type SlideLevel, type SlideSource, toLevels } from './slide-source';

/** The orientation tag of TIFF and EXIF: how the stored picture is turned before it is shown. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

type Size = { width: number; height: number };

/** Whether rows and columns change places. */
const isSideways = (orientation: Orientation) => orientation >= 5;
/** Orientations whose stored columns start at the right of the shown picture, or at its bottom. */
const MIRRORS_X: readonly Orientation[] = [2, 3, 7, 8];
const MIRRORS_Y: readonly Orientation[] = [3, 4, 6, 7];

/** Turns a slide whose reader gives the stored rows and columns, as its orientation asks. */
export function turnSlide(slide: SlideSource, orientation: Orientation): SlideSource {
  if (orientation === 1) return slide;
  const turn = <T extends Size>(size: T): T =>
    isSideways(orientation) ? { ...size, width: size.height, height: size.width } : size;
  const turnLevels = (levels: readonly SlideLevel[]) => toLevels(levels.map(turn));
  const turnImage = (image: SlideImage): SlideImage => ({ ...turn(image), levels: turnLevels(image.levels) });
  return {
    reader: slide.reader,
    format: slide.format,
    ...turn({ width: slide.width, height: slide.height }),
    levels: turnLevels(slide.levels),
    // Only square pixels have a size, so a turn does not change it.
    pixelSize: slide.pixelSize,
    magnification: slide.magnification,
    images: slide.images.map(turnImage),
    series: slide.series,
    plane: slide.plane,
    warnings: slide.warnings,
    readRegion: async (region, downsample) =>
      turnRaster(await slide.readRegion(toStored(region, slide, orientation), downsample), orientation),
  };
}

function toStored(seen: SlideRegion, stored: Size, orientation: Orientation): SlideRegion {
  const { x, y, width, height } = isSideways(orientation)
    ? { x: seen.y, y: seen.x, width: seen.height, height: seen.width }
    : seen;
  return {
    x: MIRRORS_X.includes(orientation) ? stored.width - x - width : x,
    y: MIRRORS_Y.includes(orientation) ? stored.height - y - height : y,
    width,
    height,
  };
}

function turnRaster(stored: Raster, orientation: Orientation): Raster {
  const { width, height } = stored;
  const seen = isSideways(orientation) ? sharedRaster(height, width, 3) : sharedRaster(width, height, 3);
  const [mirrorsX, mirrorsY] = [MIRRORS_X.includes(orientation), MIRRORS_Y.includes(orientation)];
  for (let row = 0, from = 0; row < height; row++)
    for (let column = 0; column < width; column++, from += 3) {
      const x = mirrorsX ? width - 1 - column : column;
      const y = mirrorsY ? height - 1 - row : row;
      const to = (isSideways(orientation) ? x * height + y : y * width + x) * 3;
      seen.data[to] = stored.data[from] ?? 0;
      seen.data[to + 1] = stored.data[from + 1] ?? 0;
      seen.data[to + 2] = stored.data[from + 2] ?? 0;
    }
  return seen;
}
