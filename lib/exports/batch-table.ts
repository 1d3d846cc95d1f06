import type { BatchRow } from '@/lib/contracts/batch';
import { readUsedThresholds } from '@/lib/contracts/thresholds';
import { type CsvCell, type CsvForm, writeCsv } from '@/lib/exchange/csv';

/**
 * A row of a batch, with the name that the image has in this browser; the server knows none. A file that the server never got has
 * neither number nor analysis.
 */
export type NamedRow = Omit<BatchRow, 'number' | 'analysis' | 'state' | 'problem'> & {
  number: number | null;
  analysis: string | null;
  state: string;
  problem?: BatchRow['problem'] | { detail: string };
  name?: string | undefined;
};

type Result = NonNullable<BatchRow['result']>;

const ofResult =
  (value: (result: Result) => CsvCell | undefined) =>
  ({ result }: NamedRow): CsvCell =>
    result ? (value(result) ?? null) : null;

const COLUMNS: readonly (readonly [name: string, value: (row: NamedRow) => CsvCell])[] = [
  ['number', ({ number }) => number],
  ['name', ({ name, sample }) => name ?? sample],
  ['analysis', ({ analysis }) => analysis],
  ['state', ({ state }) => state],
  ['width_px', ({ source }) => source?.width ?? null],
  ['height_px', ({ source }) => source?.height ?? null],
  ['microns_per_pixel', ofResult((result) => result.microns_per_pixel)],
  ['num_total', ofResult(({ scoring }) => scoring.num_total)],
  ['num_pos', ofResult(({ scoring }) => scoring.num_pos)],
  ['num_neg', ofResult(({ scoring }) => scoring.num_neg)],
  ['percent_pos', ofResult(({ scoring }) => scoring.percent_pos)],
  ['percent_pos_low', ofResult((result) => result.percent_pos_interval[0])],
  ['percent_pos_high', ofResult((result) => result.percent_pos_interval[1])],
  ['cells_per_mm2', ofResult((result) => rounded(result.cells_per_mm2, 1))],
  ['area_mm2', ofResult((result) => rounded(result.area_mm2, 6))],
  ['h_score', ofResult((result) => rounded(result.h_score, 0))],
  ['allred', ofResult((result) => result.allred?.total)],
  ['prob_thresh', ofResult(({ scoring }) => readUsedThresholds(scoring).probThresh)],
  ['size_thresh', ofResult(({ scoring }) => readUsedThresholds(scoring).sizeThresh)],
  ['size_thresh_upper', ofResult(({ scoring }) => readUsedThresholds(scoring).sizeThreshUpper)],
  ['marker_thresh', ofResult(({ scoring }) => readUsedThresholds(scoring).markerThresh)],
  ['model', ofResult((result) => result.model)],
  ['warnings', ({ source, result }) => (result ?? source)?.warnings.map(({ code }) => code).join(' ') ?? null],
  ['problem', ({ problem }) => problem?.detail ?? null],
  ['tumour_num_total', ofResult(({ scoring }) => scoring.tumour?.num_total)],
  ['tumour_num_pos', ofResult(({ scoring }) => scoring.tumour?.num_pos)],
  ['tumour_percent_pos', ofResult(({ scoring }) => scoring.tumour?.percent_pos)],
  ['tumour_percent_pos_low', ofResult(({ scoring }) => scoring.tumour?.percent_pos_interval[0])],
  ['tumour_percent_pos_high', ofResult(({ scoring }) => scoring.tumour?.percent_pos_interval[1])],
  ['tumour_made_by', ofResult(({ scoring }) => scoring.tumour?.made_by)],
  ['membrane_tps', ofResult(({ membrane }) => membrane?.tps)],
  ['membrane_cps', ofResult(({ membrane }) => membrane?.cps)],
  ['her2_pattern', ofResult(({ membrane }) => membrane?.her2_pattern)],
  ['num_on_edges', ofResult(({ scoring }) => scoring.num_on_edges)],
  [
    'exclude_on_edges',
    ofResult(({ scoring }) => (scoring.exclude_on_edges === undefined ? null : String(scoring.exclude_on_edges))),
  ],
];

const rounded = (value: number | undefined, digits: number): CsvCell | undefined =>
  value === undefined ? undefined : [value, digits];

/** A batch as CSV: a row for each image, whether it has a result or not. */
export const writeBatchTable = (rows: readonly NamedRow[], form: CsvForm): string => writeCsv(COLUMNS, rows, form);
