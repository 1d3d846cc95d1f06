import type { ExportedResult } from '@/lib/client/exports/exported-result';
import { type Coordinates, frameOf } from '@/lib/exchange/coordinate-frame';
import type { CsvForm } from '@/lib/exchange/nucleus-csv';
import type { GeojsonClasses } from '@/lib/exchange/qupath-geojson';

/** How a person wants the files of the nuclei. */
export type ExportOptions = { coordinates: Coordinates; classes: GeojsonClasses; csv: CsvForm };

export const EXPORT_DEFAULTS: ExportOptions = { coordinates: 'image', classes: 'positive', csv: 'comma' };

/** What the writers need to know of a result, for these options. */
export function writerOptions({ width, height, micronsPerPixel, result }: ExportedResult, options: ExportOptions) {
  const frame = frameOf(options.coordinates, { width, height }, result.provenance.selection);
  return { frame, micronsPerPixel, classes: options.classes, form: options.csv };
}
