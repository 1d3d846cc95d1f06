import 'server-only';
import type { PixelSizeSource } from '@/lib/contracts/infer';
import { type PostprocessOptions, RESOLUTIONS } from '@/lib/contracts/options';

export type PixelSize = {
  micronsPerPixel: number;
  source: PixelSizeSource;
  /** Where in the file it stands, when it came from there. */
  statedBy?: string;
  warnings: string[];
};

/** Beyond this factor the two sizes are different objectives, not different calibrations of one. */
const NOTABLE_FACTOR = 1.25;

/** The request's word, else the file's, else 20x; says so where they differ or nobody knows. */
export function choosePixelSize(
  options: Pick<PostprocessOptions, 'microns_per_pixel' | 'resolution'>,
  inFile: number | null,
  statedBy: string | null = null,
): PixelSize {
  const asked =
    options.microns_per_pixel ?? (options.resolution === undefined ? undefined : RESOLUTIONS[options.resolution]);
  if (asked !== undefined) {
    const factor = inFile === null ? 1 : Math.max(asked / inFile, inFile / asked);
    const source = options.microns_per_pixel === undefined ? 'resolution' : 'microns_per_pixel';
    const warnings =
      factor > NOTABLE_FACTOR
        ? [`The file states ${inFile} µm per pixel, the request ${asked}; the latter was used.`]
        : [];
    return { micronsPerPixel: asked, source, warnings };
  }
  if (inFile !== null) return { micronsPerPixel: inFile, source: 'file', ...(statedBy && { statedBy }), warnings: [] };
  const warning = `Neither the request nor the file states a pixel size; 20x (${RESOLUTIONS['20x']} µm per pixel) was taken.`;
  return { micronsPerPixel: RESOLUTIONS['20x'], source: 'default', warnings: [warning] };
}
