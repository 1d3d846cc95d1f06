import 'server-only';
import type { PostprocessOptions } from '@/lib/contracts/options';
import { readTeaching } from '@/lib/contracts/read-teaching';
import { gradingOf, hotSpotSizeOf, membraneCutsOf } from '@/lib/contracts/score-choice';
import { readThresholds } from '@/lib/contracts/thresholds';
import { type PictureFrame, toPicture } from '@/lib/exchange/coordinate-frame';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';
import type { ImageDescription, ReadOptions } from '@/lib/server/readers/read-image';
import { choosePixelSize, type PixelSize, type PixelsInFile } from '@/lib/server/results/choose-pixel-size';
import type { Warning } from '@/lib/warnings';

/** How a file of a request is read. */
export function readOptions(options: PostprocessOptions, name: string): ReadOptions {
  const { pil, series, plane, channels, level, region } = options;
  // The other files are pictures of ours, of what was chosen then.
  return { commonOnly: pil, ...(name === 'img' && { series, plane, channels, level, region }) };
}

/**
 * The pixel size of an image, which a map of it may know where the image does not.
 *
 * @throws AppError `invalid_option` as `choosePixelSize` does
 */
export function pixelSizeOf(options: PostprocessOptions, img: ImageDescription, seg?: ImageDescription): PixelSize {
  return choosePixelSize(options, img.pixelSize === null && seg ? pixelsOfMap(seg) : pixelsIn(img));
}

const pixelsIn = ({ pixelSize, downsample }: ImageDescription): PixelsInFile => ({
  micronsPerPixel: pixelSize?.micronsPerPixel ?? null,
  statedBy: pixelSize?.statedBy ?? null,
  downsample,
});

/** A picture of ours states the size of the pixels that were analysed, at whatever level. */
function pixelsOfMap({ pixelSize }: ImageDescription): PixelsInFile {
  if (pixelSize === null) return { micronsPerPixel: null };
  return { micronsPerPixel: pixelSize.micronsPerPixel, statedBy: `${pixelSize.statedBy} of seg_img` };
}

/** What is to be said of the request itself. */
export function warningsOf({ roi }: PostprocessOptions): Warning[] {
  const detail = roi?.leftOut ?? null;
  return detail === null ? [] : [{ code: 'roi_partly_used', detail }];
}

/** Options in the engine's words, regions in pixels of the picture. */
export function scoringOptions(options: PostprocessOptions, frame: PictureFrame): ScoringOptions {
  const { include = [], exclude = [], coordinates = null } = options.roi ?? {};
  const drawnIn = { ...frame, coordinates: coordinates ?? frame.coordinates };
  const toRegions = (polygons: typeof include) => polygons.map((polygon) => toPicture(drawnIn, polygon));
  const regions = { include: toRegions(include), exclude: toRegions(exclude) };
  const size = hotSpotSizeOf(options);
  return {
    thresholds: readThresholds(options),
    regions,
    summary: {
      intensity: gradingOf(options),
      hotSpot: size && { kind: 'find', size, within: regions.include },
      membrane: membraneCutsOf(options),
    },
    excludeOnEdges: options.exclude_on_edges,
    marker: options.marker ?? null,
    teaching: readTeaching({ classifier: options.classifier }),
    lists: options.include.length > 0 ? { include: options.include, frame, classes: options.geojson_classes } : null,
  };
}
