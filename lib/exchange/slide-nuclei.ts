import { AppError } from '@/lib/errors';
import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { outlineSink, writeOutline } from '@/lib/scoring/slide/outline-bytes';
import {
  CENTRE_STEPS,
  type CellNuclei,
  KIND_COLUMNS,
  type KindColumns,
  mapKindColumns,
  type SlideCell,
  type SlideNuclei,
} from '@/lib/scoring/slide/slide-nuclei';
import { ALGORITHMS, type Algorithm } from '@/lib/scoring/thresholds';
import { type Block, type BlockValues, readBlocks, writeBlocks } from './blocks';

/**
 * The file of one cell's nuclei, before any gate (`blocks.ts` says how blocks are stored).
 *
 * Blocks: `centre` (int32, x and y of each nucleus in 1 / 256 px, from the centre of the slide's first pixel), `area`
 * (uint32, px), `class` (uint8, 1 = positive by the segmentation), `marker_max` (uint8), `marker_mean` and `od_mean`
 * (float32), `od_spread`, `brown_mean`, `variance_x`, `variance_y` and `covariance` (float32, what kinds are told by; absent
 * from older files), `outline_length` (uint16 or uint32) and `outline` (uint8, see `outline-bytes.ts`), and `marker_histogram`
 * (uint32, 256 counts of the cell's own pixels; absent without a marker). Readers skip blocks that they do not know, so columns
 * can be added. Kinds themselves follow from all nuclei of the slide, and are not stored.
 */
const FORMAT = { magic: 'RNUC', version: 1 } as const;

const HISTOGRAM_LENGTH = 256;

type Facts = { cell: SlideCell; count: number; algorithm: Algorithm };

const MEASURED = ['areaPx', 'centroidX', 'centroidY', 'positive', 'markerMax', 'markerMean', 'odMean'] as const;

const KIND_BLOCKS = {
  odSpread: 'od_spread',
  brownMean: 'brown_mean',
  varianceX: 'variance_x',
  varianceY: 'variance_y',
  covariance: 'covariance',
} as const satisfies Record<keyof KindColumns, string>;

/** The nuclei of one cell, as the engine finds them. */
export type FoundCell = {
  readonly cell: SlideCell;
  readonly algorithm: Algorithm;
  /** Measured in a picture whose upper left pixel is `origin` on the slide. */
  readonly measured: Pick<NucleusColumns, 'count' | (typeof MEASURED)[number]>;
  /** null where they were lost. */
  readonly kindColumns: KindColumns | null;
  readonly origin: { readonly x: number; readonly y: number };
  /** Of each nucleus, along the pixel edges of the same picture (`traceOutlines`). */
  readonly outlines: readonly (readonly Polygon[])[];
  /** 256 counts of the marker's brightness in the cell's own pixels; null without a marker. */
  readonly markerHistogram: ArrayLike<number> | null;
};

/**
 * Writes the file of one cell.
 *
 * @throws AppError `shape_mismatch` when columns differ in length, a place lies too far out or an outline does not follow
 *   pixel edges
 */
export function encodeCell(found: FoundCell): Uint8Array {
  const { cell, algorithm, measured, kindColumns, origin, outlines, markerHistogram } = found;
  const { count } = measured;
  assertLength('outlines', outlines.length, count);
  for (const name of MEASURED) assertLength(name, measured[name].length, count);
  if (kindColumns) for (const name of KIND_COLUMNS) assertLength(name, kindColumns[name].length, count);
  if (markerHistogram !== null) assertLength('marker_histogram', markerHistogram.length, HISTOGRAM_LENGTH);
  const centre = new Int32Array(2 * count);
  const lengths = new Uint32Array(count);
  const sink = outlineSink();
  for (let k = 0; k < count; k++) {
    centre[2 * k] = toSteps(measured.centroidX[k] + origin.x);
    centre[2 * k + 1] = toSteps(measured.centroidY[k] + origin.y);
    const base = { x: Math.floor(centre[2 * k] / CENTRE_STEPS), y: Math.floor(centre[2 * k + 1] / CENTRE_STEPS) };
    const before = sink.length;
    writeOutline(sink, outlines[k], { x: origin.x - base.x, y: origin.y - base.y });
    lengths[k] = sink.length - before;
  }
  const isShort = lengths.every((length) => length < 2 ** 16);
  const blocks: Block[] = [
    { name: 'centre', values: centre },
    { name: 'area', values: Uint32Array.from(measured.areaPx) },
    { name: 'class', values: measured.positive },
    { name: 'marker_max', values: measured.markerMax },
    { name: 'marker_mean', values: measured.markerMean },
    { name: 'od_mean', values: measured.odMean },
    ...(kindColumns ? KIND_COLUMNS.map((name) => ({ name: KIND_BLOCKS[name], values: kindColumns[name] })) : []),
    { name: 'outline_length', values: isShort ? Uint16Array.from(lengths) : lengths },
    { name: 'outline', values: sink.bytes.subarray(0, sink.length) },
  ];
  if (markerHistogram !== null) blocks.push({ name: 'marker_histogram', values: Uint32Array.from(markerHistogram) });
  return writeBlocks(FORMAT, { cell, count, algorithm } satisfies Facts, blocks);
}

function assertLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new AppError('shape_mismatch', `${expected} ${name} expected, got ${length}`);
}

function toSteps(centre: number): number {
  const steps = Math.round(centre * CENTRE_STEPS);
  if (!(Math.abs(steps) < 2 ** 31)) throw new AppError('shape_mismatch', `a nucleus lies at ${centre} px`);
  return steps;
}

/**
 * Reads the file of one cell. Byte arrays are views of `bytes`.
 *
 * @throws AppError `internal` when the bytes are cut off, foreign, of another version or damaged. The bytes of an
 *   outline are checked when it is read.
 */
export function decodeCell(bytes: Uint8Array): CellNuclei {
  const { facts, block } = readBlocks(FORMAT, bytes);
  if (!areFacts(facts)) throw damaged('facts');
  const { cell, count, algorithm } = facts;
  const column = <T extends BlockValues>(name: string, length: number, type: new (n: number) => T): T => {
    const values = block(name);
    if (!(values instanceof type) || values.length !== length) throw damaged(name);
    return values;
  };
  const centre = column('centre', 2 * count, Int32Array);
  const outlineBytes = block('outline');
  const lengths = block('outline_length');
  if (!(outlineBytes instanceof Uint8Array)) throw damaged('outline');
  if (lengths === undefined || lengths.length !== count || lengths instanceof Float32Array)
    throw damaged('outline_length');
  const outlineOffsets = new Float64Array(count + 1);
  const [centroidX, centroidY] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k++) {
    centroidX[k] = centre[2 * k] / CENTRE_STEPS;
    centroidY[k] = centre[2 * k + 1] / CENTRE_STEPS;
    outlineOffsets[k + 1] = outlineOffsets[k] + lengths[k];
  }
  if (outlineOffsets[count] !== outlineBytes.length) throw damaged('outline_length');
  const histogram = block('marker_histogram');
  const kindColumn = (name: keyof KindColumns) => column(KIND_BLOCKS[name], count, Float32Array);
  return {
    ...{ cell, algorithm, count, centroidX, centroidY, outlineOffsets, outlineBytes },
    areaPx: Int32Array.from(column('area', count, Uint32Array)),
    positive: column('class', count, Uint8Array),
    markerMax: column('marker_max', count, Uint8Array),
    markerMean: column('marker_mean', count, Float32Array),
    odMean: column('od_mean', count, Float32Array),
    kindColumns: block(KIND_BLOCKS.odSpread) === undefined ? null : mapKindColumns(kindColumn),
    markerHistogram:
      histogram === undefined ? null : Float64Array.from(column('marker_histogram', HISTOGRAM_LENGTH, Uint32Array)),
  };
}

const damaged = (what: string) => new AppError('internal', `a file of nuclei has damaged ${what}`);

function areFacts(facts: unknown): facts is Facts {
  if (typeof facts !== 'object' || facts === null) return false;
  const { cell, count, algorithm } = facts as Record<string, unknown>;
  if (!Number.isSafeInteger(count) || (count as number) < 0 || !ALGORITHMS.includes(algorithm as Algorithm))
    return false;
  return isSlideCell(cell);
}

/** Whether what a file states of its cell can be one. */
export const isSlideCell = (cell: unknown): cell is SlideCell =>
  typeof cell === 'object' &&
  cell !== null &&
  CELL_FACTS.every((name) => Number.isSafeInteger((cell as Record<string, unknown>)[name]));

const CELL_FACTS = ['column', 'row', 'x', 'y', 'width', 'height'] as const;

/**
 * Joins cells to one table of the slide, in the order of rows and columns of the grid, whatever the order in which they
 * came. Each cell is given once.
 *
 * @throws AppError `shape_mismatch` when cells were found by different algorithms, or some have a marker and some none
 */
export function joinCells(cells: readonly CellNuclei[], algorithm: Algorithm): SlideNuclei {
  const ordered = [...cells].sort((a, b) => a.cell.row - b.cell.row || a.cell.column - b.cell.column);
  const count = ordered.reduce((sum, cell) => sum + cell.count, 0);
  const hasMarker = ordered[0]?.markerHistogram != null;
  const markerHistogram = hasMarker ? new Float64Array(HISTOGRAM_LENGTH) : null;
  const joined = {
    ...{ algorithm, count, markerHistogram },
    centroidX: new Float64Array(count),
    centroidY: new Float64Array(count),
    areaPx: new Int32Array(count),
    positive: new Uint8Array(count),
    markerMax: new Uint8Array(count),
    markerMean: new Float32Array(count),
    odMean: new Float32Array(count),
    kindColumns: ordered.every((cell) => cell.kindColumns) ? mapKindColumns(() => new Float32Array(count)) : null,
    outlineOffsets: new Float64Array(count + 1),
    outlineBytes: new Uint8Array(ordered.reduce((sum, cell) => sum + cell.outlineBytes.length, 0)),
  };
  let [at, byte] = [0, 0];
  for (const cell of ordered) {
    if (cell.algorithm !== algorithm)
      throw new AppError('shape_mismatch', `nuclei of ${cell.algorithm} among those of ${algorithm}`);
    if ((cell.markerHistogram !== null) !== hasMarker)
      throw new AppError('shape_mismatch', 'cells with and without a marker');
    for (const name of MEASURED) joined[name].set(cell[name], at);
    if (cell.kindColumns) for (const name of KIND_COLUMNS) joined.kindColumns?.[name].set(cell.kindColumns[name], at);
    for (let k = 0; k < cell.count; k++) joined.outlineOffsets[at + k + 1] = byte + cell.outlineOffsets[k + 1];
    joined.outlineBytes.set(cell.outlineBytes, byte);
    for (let value = 0; markerHistogram !== null && value < HISTOGRAM_LENGTH; value++)
      markerHistogram[value] += cell.markerHistogram?.[value] ?? 0;
    at += cell.count;
    byte += cell.outlineBytes.length;
  }
  return joined;
}
