import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import type { Selection } from '@/lib/server/readers/read-image';
import { assertInside } from '@/lib/server/readers/slide-source';
import type { Warning } from '@/lib/warnings';
import { stateOf } from './describe-slide';
import { keysOf } from './record';
import { readSettings } from './scoring/settings';
import { SlidePixels } from './scoring/slide-pixels';
import { openSlideRecord, readSnapshot } from './stored-slide';

/** Pixels of a slide at full resolution, and what is known of them. */
export type SlideRegionPixels = {
  image: Raster;
  micronsPerPixel: number | null;
  micronsPerPixelSource: string | null;
  selection: Selection;
  fileSha256: string;
  warnings: Warning[];
};

/**
 * Reads a region of a kept slide. Damaged tiles are white, and counted in a warning.
 *
 * @param id - of the edit link or the view link
 * @throws AppError `slide_not_found`, `wrong_state` before the slide is ready, `invalid_option` for a region outside of it,
 *   `image_too_large` beyond the pixel limit
 */
export async function readSlideRegion(
  id: string,
  region: SlideRegion,
  signal: AbortSignal,
): Promise<SlideRegionPixels> {
  const access = await openSlideRecord(id);
  const snapshot = await readSnapshot(access);
  const { slide } = snapshot;
  if (!slide)
    throw new AppError('wrong_state', `A region is taken of a slide that is ready; this one is ${stateOf(snapshot)}.`);
  assertInside(region, slide, 1);
  const { pixels: limit } = getEnv().limits;
  const { width, height } = region;
  if (width * height > limit)
    throw new AppError(
      'image_too_large',
      `A region that becomes a result may have ${limit} pixels (${limit / 1e6} megapixels), this one has ${width} x ${height} = ${width * height}. Draw a smaller one.`,
    );
  const { record } = access;
  const pixels = await SlidePixels.open(keysOf(record.id).pyramid, slide.bytes, signal);
  const { picture, damaged } = await pixels.read(region);
  const stated = (await readSettings(record.id)).microns_per_pixel;
  return {
    image: picture,
    micronsPerPixel: stated ?? slide.microns_per_pixel,
    micronsPerPixelSource: stated === undefined ? slide.microns_per_pixel_source : 'stated for the slide',
    selection: { series: slide.series, plane: slide.plane, level: 0, downsample: 1, region },
    fileSha256: slide.file_sha256,
    warnings: [...slide.warnings.filter(({ code }) => OF_THE_FILE.includes(code)), ...damageOf(damaged.length)],
  };
}

/** Doubts about a slide that hold for each part of it. Others are about its pixels, and a region has its own. */
const OF_THE_FILE: readonly Warning['code'][] = ['pixels_not_square', 'transparency_ignored', 'profile_ignored'];

const damageOf = (tiles: number): Warning[] =>
  tiles === 0
    ? []
    : [{ code: 'image_damaged', detail: `${tiles} of the slide's tiles in this region are damaged and left white.` }];
