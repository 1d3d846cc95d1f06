import type { Polygon } from '@/lib/exchange/coordinate-frame';
import { describeSkipped, MAX_REGION_VERTICES, readRegions } from '@/lib/exchange/read-regions';

export const MAX_ROI_VERTICES = MAX_REGION_VERTICES;

/** Where nuclei count: in any of `include` (everywhere when it is empty), and in none of `exclude`. */
export type Roi = {
  include: Polygon[];
  exclude: Polygon[];
  /** What of the option was not used, as a sentence; null when all of it was. */
  leftOut: string | null;
};

/** Reads the text of a `roi` option; a string is the reason why it cannot be used. */
export function readRoi(text: string): Roi | string {
  const file = readRegions(text);
  if (typeof file === 'string') return file;
  const of = (wanted: 'include' | 'exclude') =>
    file.regions.filter(({ kind }) => kind === wanted).map(({ rings }) => rings);
  return { include: of('include'), exclude: of('exclude'), leftOut: describeSkipped(file) };
}
