import 'server-only';
import type { PixelSizeSource } from '@/lib/contracts/infer';
import type { PostprocessOptions } from '@/lib/contracts/options';
import { MICRONS_PER_PIXEL_RANGE, RESOLUTIONS } from '@/lib/contracts/picture-choice';
import { AppError } from '@/lib/errors';
import type { Warning } from '@/lib/warnings';

export type PixelSize = {
  micronsPerPixel: number;
  source: PixelSizeSource;
  /** Where in the file it stands, when it came from there. */
  statedBy?: string;
  warnings: Warning[];
};

/** Beyond this factor the two sizes are different objectives, not different calibrations of one. */
const NOTABLE_FACTOR = 1.25;

/** What the file states of its full resolution, and how much of that was read. */
export type PixelsInFile = { micronsPerPixel: number | null; statedBy?: string | null; downsample?: number };

/**
 * The request's word, else the file's, else 20x; says so where they differ or nobody knows. All three are of the full
 * resolution, the answer is of the pixels that were read.
 *
 * @throws AppError `invalid_option` where those are larger than a nucleus can be seen in
 */
export function choosePixelSize(
  options: Pick<PostprocessOptions, 'microns_per_pixel' | 'resolution'>,
  { micronsPerPixel: inFile, statedBy = null, downsample = 1 }: PixelsInFile,
): PixelSize {
  const full = atFullResolution(options, inFile, statedBy);
  const micronsPerPixel = Number((full.micronsPerPixel * downsample).toFixed(4));
  const { max } = MICRONS_PER_PIXEL_RANGE;
  // The sides of a level are rounded, and its downsample with them.
  if (micronsPerPixel <= max * 1.01) return { ...full, micronsPerPixel: Math.min(max, micronsPerPixel) };
  const detail = `at this level a pixel is ${micronsPerPixel} µm wide; at most ${max} µm are analysed`;
  throw new AppError('invalid_option', `level: ${detail}`, { fields: [{ pointer: '/level', detail }] });
}

function atFullResolution(
  options: Pick<PostprocessOptions, 'microns_per_pixel' | 'resolution'>,
  inFile: number | null,
  statedBy: string | null,
): PixelSize {
  const asked =
    options.microns_per_pixel ?? (options.resolution === undefined ? undefined : RESOLUTIONS[options.resolution]);
  if (asked !== undefined) {
    const factor = inFile === null ? 1 : Math.max(asked / inFile, inFile / asked);
    const source = options.microns_per_pixel === undefined ? 'resolution' : 'microns_per_pixel';
    const detail = `The file states ${inFile} µm per pixel, the request ${asked}; the latter was used.`;
    const warnings: Warning[] = factor > NOTABLE_FACTOR ? [{ code: 'pixel_size_differs', detail }] : [];
    return { micronsPerPixel: asked, source, warnings };
  }
  if (inFile !== null) return { micronsPerPixel: inFile, source: 'file', ...(statedBy && { statedBy }), warnings: [] };
  const detail = `Neither the request nor the file states a pixel size; 20x (${RESOLUTIONS['20x']} µm per pixel) was taken.`;
  return { micronsPerPixel: RESOLUTIONS['20x'], source: 'default', warnings: [{ code: 'pixel_size_assumed', detail }] };
}
