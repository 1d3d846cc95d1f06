import type { Coordinates } from '@/lib/exchange/coordinate-frame';
import { describeSkipped, readRegions } from '@/lib/exchange/read-regions';
import { type Regions, splitRegions } from '@/lib/scoring/gate/apply-regions';

export type Roi = Regions & {
  /** What its coordinates count, if the file states it: then this counts, whatever the request says. */
  readonly coordinates: Coordinates | null;
  /** Which parts of the option were not used, as a sentence; null if none. */
  readonly leftOut: string | null;
};

/** Reads the text of a `roi` option. @returns a string, the reason, when it cannot be used. */
export function readRoi(text: string): Roi | string {
  const file = readRegions(text);
  if (typeof file === 'string') return file;
  return { ...splitRegions(file.regions), coordinates: file.coordinates, leftOut: describeSkipped(file) };
}
