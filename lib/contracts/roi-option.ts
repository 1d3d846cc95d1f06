import { describeSkipped, readRegions } from '@/lib/exchange/read-regions';
import { type Regions, splitRegions } from '@/lib/scoring/gate/apply-regions';

export type Roi = Regions & {
  /** What of the option was not used, as a sentence; null when all of it was. */
  readonly leftOut: string | null;
};

/** Reads the text of a `roi` option; a string is the reason why it cannot be used. */
export function readRoi(text: string): Roi | string {
  const file = readRegions(text);
  if (typeof file === 'string') return file;
  return { ...splitRegions(file.regions), leftOut: describeSkipped(file) };
}
