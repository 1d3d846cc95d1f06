import type { StartAnalysis } from '@/lib/contracts/analysis';
import { MICRONS_PER_PIXEL_RANGE, RESOLUTIONS, type Resolution } from '@/lib/contracts/options';

/** What is chosen: a magnification, or any pixel size as it is typed in. */
export type PixelSizeChoice = { name: Resolution | 'other'; typed: string };

/** Closer than this to a magnification's pixel size, a stated size is that one: scanners differ by as much. */
const SAME = 0.02;

/** What to propose for an image that states a pixel size, or states none. */
export function presetFor(stated: number | null): PixelSizeChoice {
  if (stated === null) return { name: '20x', typed: '' };
  const names = Object.keys(RESOLUTIONS) as Resolution[];
  const name = names.find((candidate) => Math.abs(stated / RESOLUTIONS[candidate] - 1) <= SAME);
  return { name: name ?? 'other', typed: String(Number(stated.toPrecision(4))) };
}

/** µm per pixel of a choice; null while what is typed is none that the server takes. */
export function micronsOf({ name, typed }: PixelSizeChoice): number | null {
  if (name !== 'other') return RESOLUTIONS[name];
  const value = Number(typed.trim().replace(',', '.') || Number.NaN);
  return value >= MICRONS_PER_PIXEL_RANGE.min && value <= MICRONS_PER_PIXEL_RANGE.max ? value : null;
}

/** What to start with: an untouched proposal leaves the file's own word, so that the result names it as its source. */
export function startBody(choice: PixelSizeChoice, inFile: number | null): StartAnalysis {
  const preset = presetFor(inFile);
  if (inFile !== null && choice.name === preset.name && choice.typed === preset.typed) return {};
  const micronsPerPixel = micronsOf(choice);
  if (choice.name !== 'other') return { resolution: choice.name };
  return micronsPerPixel === null ? {} : { microns_per_pixel: micronsPerPixel };
}
