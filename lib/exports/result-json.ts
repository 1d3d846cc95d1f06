import { frameOf } from '@/lib/exchange/coordinate-frame';
import { stateFrame } from '@/lib/exchange/qupath-geojson';
import type { ExportedResult } from './exported-result';

const write = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The numbers, with the field names of the API. */
export function writeScoringJson({ result, summary, parameters: { regions = [] } }: ExportedResult): string {
  return write({
    scoring: result.scoring,
    percent_pos_interval: result.percent_pos_interval,
    ...summary,
    corrections: result.corrections,
    regions: regions.map(({ name, kind, enabled }) => ({ name, kind, enabled })),
    warnings: result.warnings,
  });
}

/** Everything that is needed to reproduce the numbers from the same image. */
export function writeProvenanceJson(exported: ExportedResult): string {
  const { result, parameters, sample, createdAt, width, height } = exported;
  const { regions = [], corrections = [], ...thresholds } = parameters;
  return write({
    ...result.provenance,
    analysed_at: createdAt,
    revision: result.revision,
    image: { width, height, sample },
    // Coordinate frame of regions and corrections.
    frame: stateFrame(
      frameOf('image', { width, height }, result.provenance.selection),
      result.provenance.microns_per_pixel,
    ),
    parameters: thresholds,
    regions,
    corrections,
    intended_use: 'For research use only. Not a medical device.',
  });
}
