import type { StartAnalysis } from '@/lib/contracts/analysis';
import { MICRONS_PER_PIXEL_RANGE, RESOLUTIONS, type Resolution } from '@/lib/contracts/picture-choice';

/** A magnification, or a pixel size as typed. null = nothing is chosen yet. */
export type PixelSizeChoice = { name: Resolution | 'other' | null; typed: string };

export const UNCHOSEN: PixelSizeChoice = { name: null, typed: '' };

/** A stated pixel size counts as a magnification's within this relative difference. Scanners differ that much. */
const SAME = 0.02;

/** The proposal for an image that states this pixel size. Nothing is proposed for one that states none (null). */
export function presetFor(stated: number | null): PixelSizeChoice {
  if (stated === null) return UNCHOSEN;
  const names = Object.keys(RESOLUTIONS) as Resolution[];
  const name = names.find((candidate) => Math.abs(stated / RESOLUTIONS[candidate] - 1) <= SAME);
  return { name: name ?? 'other', typed: String(Number(stated.toPrecision(4))) };
}

/** µm per pixel of a choice; null if nothing is chosen, or the typed text is not a size that the server accepts. */
export function micronsOf({ name, typed }: PixelSizeChoice): number | null {
  if (name === null) return null;
  if (name !== 'other') return RESOLUTIONS[name];
  const value = Number(typed.trim().replace(',', '.') || Number.NaN);
  return value >= MICRONS_PER_PIXEL_RANGE.min && value <= MICRONS_PER_PIXEL_RANGE.max ? value : null;
}

/** The body for the start. An unchanged proposal sends nothing, so that the result names the file as the source. */
export function startBody(choice: PixelSizeChoice, inFile: number | null): StartAnalysis {
  const preset = presetFor(inFile);
  if (inFile !== null && choice.name === preset.name && choice.typed === preset.typed) return {};
  const micronsPerPixel = micronsOf(choice);
  if (choice.name !== 'other' && choice.name !== null) return { resolution: choice.name };
  return micronsPerPixel === null ? {} : { microns_per_pixel: micronsPerPixel };
}
