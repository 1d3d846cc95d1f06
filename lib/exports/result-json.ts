import { type Coordinates, frameOf, type PictureFrame, toFrame } from '@/lib/exchange/coordinate-frame';
import { stateFrame } from '@/lib/exchange/qupath-geojson';
import type { RegionNumbers } from '@/lib/exchange/region-numbers';
import type { ExportedResult } from './exported-result';

const write = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The numbers, with the field names of the API. `frame` says what coordinates count. */
export function writeScoringJson(
  { result, summary, parameters: { regions = [] }, width, height }: ExportedResult,
  regionNumbers: readonly RegionNumbers[],
  coordinates: Coordinates = 'image',
): string {
  const { provenance } = result;
  const frame = frameOf(coordinates, { width, height }, provenance.selection);
  const { hot_spot: spot, ...others } = summary;
  // Those that count come in the order of all.
  const numbers = regionNumbers.values();
  return write({
    scoring: result.scoring,
    percent_pos_interval: result.percent_pos_interval,
    ...others,
    ...(spot !== undefined && { hot_spot: spot && { ...spot, bbox: boxIn(frame, spot.bbox) } }),
    frame: stateFrame(frame, provenance.microns_per_pixel),
    corrections: result.corrections,
    regions: regions.map(({ name, kind, enabled }) => ({
      ...{ name, kind, enabled },
      ...(enabled && kind === 'include' && numbers.next().value),
    })),
    warnings: result.warnings,
  });
}

function boxIn(frame: PictureFrame, [x0, y0, x1, y1]: readonly [number, number, number, number]) {
  return [...toFrame(frame, x0, y0), ...toFrame(frame, x1, y1)];
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
