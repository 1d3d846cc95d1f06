import type { LabelMap, Raster } from '@/lib/imaging/raster';
import { fillRun } from '@/lib/imaging/runs';
import { type SegmentOptions, segmentPlanes } from './find-nuclei';
import type { NucleusMaps, Rows } from './nucleus-maps';
import { type NucleusPlanes, readPlanes } from './nucleus-planes';
import { chooseRuns, type NucleusRuns } from './nucleus-runs';
import { COLUMN_NAMES, chooseColumns, emptyColumns, type NucleusColumns, type NucleusTable } from './nucleus-table';
import { rankByFirstPixel } from './rank-by-first-pixel';
import type { SegmentedNuclei } from './segmented-nuclei';
import { reachOfClusters } from './split-nuclei';
import { type Contours, traceContours } from './trace-contours';

/** A part of a picture for one worker: it finds the clusters whose first row is in `own`, and reads the rows `seen`. */
export type Band = { readonly own: Rows; readonly seen: Rows };

/** The nuclei of one band, in coordinates of the whole picture. */
export type BandNuclei = {
  readonly columns: NucleusColumns;
  readonly contours: Contours;
  readonly runs: NucleusRuns;
  /** The first row of the first cluster that may reach beyond the rows `seen`; nuclei of such clusters are left out. null = none. */
  readonly openFrom: number | null;
};

/** All nuclei of a picture, in the order of `segmentNuclei`. `pieces` together hold their pixels. */
export type BandedNuclei = {
  readonly columns: NucleusColumns;
  readonly contours: Contours;
  readonly pieces: readonly NucleusRuns[];
};

/** Rows read beyond a band: most clusters of touching nuclei are shorter, so that they are seen whole. */
const HALO_UM = 40;

/** Cuts a picture into bands of about the same height; one band for `deepliif`, which fills gaps of any size. */
export function planBands(
  height: number,
  count: number,
  { algorithm, micronsPerPixel }: Pick<SegmentOptions, 'algorithm' | 'micronsPerPixel'>,
): Band[] {
  const bands = algorithm === 'deepliif' ? 1 : count;
  const reach = reachOfClusters(micronsPerPixel);
  const halo = reach + Math.ceil(HALO_UM / micronsPerPixel);
  const at = (n: number) => Math.round((n * height) / bands);
  return Array.from({ length: bands }, (_, n) => {
    const own = { from: at(n), to: at(n + 1) };
    return { own, seen: { from: Math.max(0, own.from - reach), to: Math.min(height, own.to + halo) } };
  });
}

/** The given rows of the maps, as views on the same memory. */
export function cutRows({ image, segmentation, marker }: NucleusMaps, rows: Rows): NucleusMaps {
  const cut = (raster: Raster): Raster => {
    const rowBytes = raster.width * raster.channels;
    return {
      ...raster,
      data: raster.data.subarray(rows.from * rowBytes, rows.to * rowBytes),
      height: rows.to - rows.from,
    };
  };
  return { image: cut(image), segmentation: cut(segmentation), marker: marker && cut(marker) };
}

/**
 * Finds, measures and traces the nuclei of one band: the same ones that `segmentNuclei` finds in the whole picture.
 *
 * @param planes - of the rows `band.seen` of the picture.
 * @param height - rows of the whole picture.
 * @param endsAfter - only clusters that end beyond this row: those that an earlier pass left open.
 */
export function segmentBand(
  planes: NucleusPlanes,
  { own, seen }: Band,
  height: number,
  options: SegmentOptions,
  endsAfter = 0,
): BandNuclei {
  const begin = { from: own.from - seen.from, to: own.to - seen.from };
  const table = segmentPlanes(planes, { ...options, begin });
  const { clusterRows } = table;
  const lastSure = seen.to === height ? height : lastSureRow(seen, options);
  const kept = new Uint8Array(table.count).fill(clusterRows.length === 0 ? 1 : 0);
  let openFrom: number | null = null;
  for (let k = 0; 2 * k < clusterRows.length; k++) {
    const [from, to] = [clusterRows[2 * k] + seen.from, clusterRows[2 * k + 1] + seen.from];
    if (from < own.from || from >= own.to || to <= endsAfter) continue;
    if (to <= lastSure) kept[k] = 1;
    else openFrom = Math.min(openFrom ?? from, from);
  }
  const firstPixel = seen.from * planes.width;
  return {
    columns: takeColumns(table, kept, seen.from),
    contours: moveDown(traceContours(table, kept), seen.from),
    runs: chooseRuns(table.runs, kept, firstPixel),
    openFrom,
  };
}

/** A cluster that ends at this row or before it is seen whole. */
const lastSureRow = (seen: Rows, { micronsPerPixel }: SegmentOptions): number =>
  seen.to - reachOfClusters(micronsPerPixel);

/** All nuclei that one band is responsible for. @param maps - of the whole picture. */
export function findBand(maps: NucleusMaps, band: Band, options: SegmentOptions): BandNuclei[] {
  const nuclei = segmentBand(readPlanes(cutRows(maps, band.seen)), band, maps.image.height, options);
  return nuclei.openFrom === null ? [nuclei] : [nuclei, ...segmentOpen(maps, band, nuclei.openFrom, options)];
}

/** Finds the clusters that a band left open, in more and more rows. @param maps - of the whole picture. */
export function segmentOpen(maps: NucleusMaps, band: Band, openFrom: number, options: SegmentOptions): BandNuclei[] {
  const { height } = maps.image;
  const found: BandNuclei[] = [];
  let open: number | null = openFrom;
  for (let { seen } = band; open !== null; ) {
    const endsAfter = lastSureRow(seen, options);
    const from = Math.max(0, open - reachOfClusters(options.micronsPerPixel));
    seen = { from, to: Math.min(height, seen.to + 2 * (seen.to - from)) };
    const own = { from: open, to: band.own.to };
    const again = segmentBand(readPlanes(cutRows(maps, seen)), { own, seen }, height, options, endsAfter);
    found.push(again);
    open = again.openFrom;
  }
  return found;
}

/** Joins the nuclei of all bands; the order of the bands does not matter. */
export function joinBands(bands: readonly BandNuclei[]): BandedNuclei {
  const entries = rankByFirstPixel(bands.map(({ columns }) => columns.firstPixel));
  const count = bands.reduce((sum, { columns }) => sum + columns.count, 0);
  const joined = emptyColumns(bands[0].columns.algorithm, count);
  const offsets = new Int32Array(count + 1);
  bands.forEach(({ columns, contours }, b) => {
    for (let k = 0; k < columns.count; k++) {
      const n = entries[b][k];
      for (const name of COLUMN_NAMES) joined[name][n] = columns[name][k];
      for (let i = 0; i < 4; i++) joined.bbox[4 * n + i] = columns.bbox[4 * k + i];
      offsets[n + 1] = contours.offsets[k + 1] - contours.offsets[k];
    }
  });
  for (let n = 0; n < count; n++) offsets[n + 1] += offsets[n];
  const points = new Int32Array(offsets[count]);
  bands.forEach(({ columns, contours }, b) => {
    for (let k = 0; k < columns.count; k++)
      points.set(contours.points.subarray(contours.offsets[k], contours.offsets[k + 1]), offsets[entries[b][k]]);
  });
  const pieces = bands.map(({ runs }, b) => ({ ...runs, nucleus: runs.nucleus.map((k) => entries[b][k]) }));
  return { columns: joined, contours: { offsets, points }, pieces };
}

/** The nuclei of all bands as the steps after segmentation need them, with their outlines and pixels. */
export function joinSegmented(
  bands: readonly BandNuclei[],
  { width, height }: { readonly width: number; readonly height: number },
): SegmentedNuclei & Pick<BandedNuclei, 'contours' | 'pieces'> {
  const { columns, contours, pieces } = joinBands(bands);
  let table: NucleusTable | null = null;
  return {
    columns,
    contours,
    pieces,
    at: (pixel) => nucleusAt(pieces, pixel),
    table: () => {
      table ??= {
        ...columns,
        labelMap: paintLabels(pieces, width, height),
        clusterRows: new Int32Array(0),
        ignoredPixels: new Int32Array(0),
      };
      return table;
    },
  };
}

/** The entry of the nucleus that covers a pixel; -1 for none. */
export function nucleusAt(pieces: readonly NucleusRuns[], pixel: number): number {
  for (const { from, to, nucleus } of pieces) {
    let [low, high] = [0, from.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (to[middle] <= pixel) low = middle + 1;
      else high = middle;
    }
    if (low < from.length && from[low] <= pixel) return nucleus[low];
  }
  return -1;
}

/** The pixels of all nuclei as a label map. */
export function paintLabels(pieces: readonly NucleusRuns[], width: number, height: number): LabelMap {
  const data = new Int32Array(width * height);
  for (const { from, to, nucleus } of pieces)
    for (let r = 0; r < from.length; r++) fillRun(data, nucleus[r] + 1, from[r], to[r]);
  return { data, width, height };
}

/** The kept nuclei, in coordinates of the whole picture. */
function takeColumns(table: NucleusTable, kept: Uint8Array, fromRow: number): NucleusColumns {
  const taken = chooseColumns(table, kept);
  for (let n = 0; n < taken.count; n++) {
    taken.bbox[4 * n + 1] += fromRow;
    taken.bbox[4 * n + 3] += fromRow;
    // The sum of the rows is a whole number. Divided again, it gives the mean of the whole picture to the last bit.
    const area = taken.areaPx[n];
    taken.centroidY[n] = (Math.round(taken.centroidY[n] * area) + area * fromRow) / area;
    taken.firstPixel[n] += fromRow * table.labelMap.width;
  }
  return taken;
}

function moveDown({ offsets, points }: Contours, rows: number): Contours {
  if (rows > 0) for (let i = 1; i < points.length; i += 2) points[i] += rows;
  return { offsets, points };
}
