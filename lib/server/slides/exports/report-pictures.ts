import 'server-only';
import type { ReportPicture } from '@/lib/exports/slide-report-pdf';
import type { Raster } from '@/lib/imaging/raster';
import { encodePng } from '@/lib/server/images/encode-png';
import { encodeReportPicture } from '@/lib/server/images/encode-report-picture';
import { keysOf } from '@/lib/server/slides/record';
import { SlidePixels } from '@/lib/server/slides/scoring/slide-pixels';
import type { SlideMaterial } from './slide-material';

/** Of the longer side of a picture in a report. */
const PICTURE_SIDE = 1600;
/** Surroundings of a hot spot that are shown with it, as a share of its side. */
const MARGIN = 0.1;

export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Reads parts of a slide as JPEGs for a page, of the level that has enough pixels and no more. */
export async function openPictures({ folderId, current }: SlideMaterial, signal: AbortSignal) {
  const pixels = await SlidePixels.open(keysOf(folderId).pyramid, current.description.bytes, signal);
  const { width, height } = current.plan.slide;
  const read = async (wanted: Rectangle): Promise<ReportPicture> => {
    const longer = Math.max(wanted.width, wanted.height);
    const level = Math.max(
      0,
      pixels.levels.findLastIndex(({ downsample }) => longer / downsample >= PICTURE_SIDE),
    );
    const shape = pixels.levels[level];
    if (!shape) throw new RangeError('a pyramid without levels');
    const { downsample } = shape;
    const x = Math.min(shape.width - 1, Math.floor(wanted.x / downsample));
    const y = Math.min(shape.height - 1, Math.floor(wanted.y / downsample));
    const region = {
      ...{ x, y },
      width: Math.max(1, Math.min(shape.width - x, Math.ceil(wanted.width / downsample))),
      height: Math.max(1, Math.min(shape.height - y, Math.ceil(wanted.height / downsample))),
    };
    const { picture } = await pixels.read(region, level);
    return {
      jpeg: await toJpeg(picture),
      area: {
        x: x * downsample,
        y: y * downsample,
        width: region.width * downsample,
        height: region.height * downsample,
      },
    };
  };
  return {
    overview: () => read({ x: 0, y: 0, width, height }),
    around: ({ x, y, width: w, height: h }: Rectangle) => {
      const [left, top] = [Math.max(0, x - MARGIN * w), Math.max(0, y - MARGIN * h)];
      return read({
        x: left,
        y: top,
        width: Math.min(width - left, (1 + 2 * MARGIN) * w),
        height: Math.min(height - top, (1 + 2 * MARGIN) * h),
      });
    },
  };
}

const toJpeg = async (picture: Raster): Promise<Uint8Array> => encodeReportPicture(await encodePng(picture, null));
