import { placeOf } from '@/lib/imaging/raster';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { type CellRules, type CellSearch, findInCell, type OpenCluster } from '@/lib/scoring/find/cell-nuclei';
import {
  type CellNuclei,
  type KindColumns,
  mapKindColumns,
  outlineOf,
  type SlideCell,
} from '@/lib/scoring/slide/slide-nuclei';
import { traceOutlines } from './outlines';
import { decodeCell, encodeCell } from './slide-nuclei';

/** What one look at a part of the maps finds of a cell. */
export type CellLook = {
  /** The nuclei that are sure, and those that are wanted around the cell, as a file (`encodeCell`). */
  readonly bytes: Uint8Array;
  /** 1 for each that is the cell's own. */
  readonly isOwn: Uint8Array;
  /** Of each nucleus the index of its first pixel in the slide. */
  readonly firstPixels: Float64Array;
  readonly open: readonly OpenCluster[];
  /** Scanned pixels that are missing, see `findInCell`. */
  readonly missingPixels: TileRegion | null;
};

/** Finds the nuclei of a cell that are sure in a part of the maps. */
export function lookIn(search: CellSearch, rules: CellRules, cell: SlideCell): CellLook {
  const { columns, runs, isOwn, open, missingPixels } = findInCell(search, rules);
  const { segmentation } = search;
  const { x, y, width } = placeOf(segmentation);
  const outlines = traceOutlines([runs], columns.count, segmentation.width).map(({ polygons }) => polygons);
  const firstPixels = Float64Array.from(columns.firstPixel, (pixel) => {
    const row = Math.floor(pixel / segmentation.width);
    return (row + y) * width + x + pixel - row * segmentation.width;
  });
  const markerHistogram = search.marker && histogramOf(search);
  const found = { cell, algorithm: columns.algorithm, origin: { x, y }, outlines, markerHistogram };
  const bytes = encodeCell({ ...found, measured: columns, kindColumns: columns });
  return { bytes, isOwn, firstPixels, open, missingPixels };
}

/** How many of the cell's pixels that are seen have each value of the marker. */
function histogramOf({ marker, segmentation, own }: CellSearch): Uint32Array {
  const counts = new Uint32Array(256);
  const place = placeOf(segmentation);
  const { width, height, data } = marker as NonNullable<typeof marker>;
  const [left, right] = [Math.max(0, own.x - place.x), Math.min(width, own.x + own.width - place.x)];
  const [top, bottom] = [Math.max(0, own.y - place.y), Math.min(height, own.y + own.height - place.y)];
  for (let row = top; row < bottom; row++)
    for (let i = row * width + left; i < row * width + right; i++) counts[data[i]]++;
  return counts;
}

/**
 * The file of a cell from all looks at it, of which the first saw all of the cell. A nucleus that several looks found is the same
 * in each. Nuclei around the cell are left out.
 */
export function mergeLooks(looks: readonly Pick<CellLook, 'bytes' | 'isOwn' | 'firstPixels'>[]): Uint8Array {
  const [first] = looks;
  if (looks.length === 1 && first.isOwn.every((own) => own === 1)) return first.bytes;
  const { isOwn, nuclei } = joinLooks(looks);
  return encodeChosen(nuclei, isOwn);
}

/** All nuclei of all looks, each once, in raster order. */
export function joinLooks(looks: readonly Pick<CellLook, 'bytes' | 'isOwn' | 'firstPixels'>[]): {
  nuclei: CellNuclei;
  isOwn: Uint8Array;
} {
  const files = looks.map(({ bytes }) => decodeCell(bytes));
  const places = new Map<number, { file: number; k: number }>();
  looks.forEach(({ firstPixels }, file) => {
    firstPixels.forEach((pixel, k) => {
      if (!places.has(pixel)) places.set(pixel, { file, k });
    });
  });
  const order = [...places].sort(([a], [b]) => a - b).map(([, place]) => place);
  const isOwn = Uint8Array.from(order, ({ file, k }) => looks[file].isOwn[k]);
  const column = (name: 'areaPx' | 'centroidX' | 'centroidY' | 'positive' | 'markerMax' | 'markerMean' | 'odMean') =>
    order.map(({ file, k }) => files[file][name][k]);
  const kindColumn = (name: keyof KindColumns) =>
    Float32Array.from(order, ({ file, k }) => files[file].kindColumns?.[name][k] ?? 0);
  const outlines = order.map(({ file, k }) => outlineOf(files[file], k));
  const { cell, algorithm, markerHistogram } = files[0];
  const bytes = encodeCell({
    ...{ cell, algorithm, markerHistogram, origin: { x: 0, y: 0 } },
    measured: {
      count: order.length,
      areaPx: Int32Array.from(column('areaPx')),
      centroidX: Float64Array.from(column('centroidX')),
      centroidY: Float64Array.from(column('centroidY')),
      positive: Uint8Array.from(column('positive')),
      markerMax: Uint8Array.from(column('markerMax')),
      markerMean: Float32Array.from(column('markerMean')),
      odMean: Float32Array.from(column('odMean')),
    },
    kindColumns: mapKindColumns(kindColumn),
    outlines,
  });
  return { nuclei: decodeCell(bytes), isOwn };
}

/** The file of some nuclei alone. @param isChosen - 1 for each of them */
export function encodeChosen(nuclei: CellNuclei, isChosen: Uint8Array): Uint8Array {
  const is = (_: unknown, k: number): boolean => isChosen[k] === 1;
  const { cell, algorithm, markerHistogram, kindColumns } = nuclei;
  const areaPx = nuclei.areaPx.filter(is);
  return encodeCell({
    ...{ cell, algorithm, markerHistogram, origin: { x: 0, y: 0 } },
    measured: {
      count: areaPx.length,
      areaPx,
      centroidX: nuclei.centroidX.filter(is),
      centroidY: nuclei.centroidY.filter(is),
      positive: nuclei.positive.filter(is),
      markerMax: nuclei.markerMax.filter(is),
      markerMean: nuclei.markerMean.filter(is),
      odMean: nuclei.odMean.filter(is),
    },
    kindColumns: kindColumns && mapKindColumns((name) => kindColumns[name].filter(is)),
    outlines: Array.from({ length: nuclei.count }, (_, k) => k)
      .filter((k) => isChosen[k] === 1)
      .map((k) => outlineOf(nuclei, k)),
  });
}
