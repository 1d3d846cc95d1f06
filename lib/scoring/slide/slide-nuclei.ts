import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { MembraneSectors } from '@/lib/scoring/membrane/measure-membranes';
import type { Algorithm } from '@/lib/scoring/thresholds';
import { drawOutline, type OutlinePath, outlineCovers, readOutline } from './outline-bytes';

/** A cell of the slide's grid. Lengths are pixels of the full resolution. */
export type SlideCell = {
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Columns of `MeasuredNuclei` that only kinds need. */
export const KIND_COLUMNS = ['odSpread', 'brownMean', 'varianceX', 'varianceY', 'covariance'] as const;
export type KindColumns = Pick<MeasuredNuclei, (typeof KIND_COLUMNS)[number]>;

/** Makes each column. */
export const mapKindColumns = (of: (name: keyof KindColumns) => Float32Array): KindColumns => ({
  odSpread: of('odSpread'),
  brownMean: of('brownMean'),
  varianceX: of('varianceX'),
  varianceY: of('varianceY'),
  covariance: of('covariance'),
});

/**
 * Nuclei of a slide before any gate, as columns: entry k of each belongs to nucleus k. Pixels are those of the full
 * resolution, counted from the upper left pixel of the slide.
 */
export type SlideNuclei = {
  readonly algorithm: Algorithm;
  readonly count: number;
  /** Means of the pixels' columns and rows: the centre of pixel (0, 0) is (0, 0). Multiples of 1 / `CENTRE_STEPS`. */
  readonly centroidX: Float64Array;
  readonly centroidY: Float64Array;
  /** Pixels, holes included. */
  readonly areaPx: Int32Array;
  /** 1 where the segmentation calls the nucleus positive. */
  readonly positive: Uint8Array;
  /** 0 to 255; 0 without a marker. */
  readonly markerMax: Uint8Array;
  readonly markerMean: Float32Array;
  /** Mean optical density, averaged over red, green and blue. */
  readonly odMean: Float32Array;
  /** null where a cell was found by a version that did not keep them: kinds are not told then. */
  readonly kindColumns: KindColumns | null;
  /** Of the found nuclei; null or absent where membranes of some cell were not measured. */
  readonly membranes?: MembraneSectors | null;
  /** The outline of nucleus k as bytes (`outline-bytes.ts`), from `outlineOffsets[k]` to `outlineOffsets[k + 1]`. */
  readonly outlineOffsets: Float64Array;
  readonly outlineBytes: Uint8Array;
  /** How many pixels of the marker have each brightness from 0 to 255, for the automatic threshold; null without a marker. */
  readonly markerHistogram: Float64Array | null;
};

/** The same of one cell: the nuclei whose centroids lie in it, in raster order, and the histogram of its own pixels. */
export type CellNuclei = SlideNuclei & { readonly cell: SlideCell };

/** Centroids are kept in steps of 1 / 256 px. */
export const CENTRE_STEPS = 256;

/** Corners of an outline count from the whole pixel at or before the centroid. */
export const outlineBase = ({ centroidX, centroidY }: Pick<SlideNuclei, 'centroidX' | 'centroidY'>, k: number) => ({
  x: Math.floor(centroidX[k]),
  y: Math.floor(centroidY[k]),
});

/**
 * The shape of nucleus k along pixel edges, in corners of pixels: pixel (0, 0) covers 0 to 1.
 *
 * @throws AppError `shape_mismatch` when its bytes are damaged
 */
export const outlineOf = (nuclei: SlideNuclei, k: number): Polygon[] =>
  readOutline(nuclei.outlineBytes, nuclei.outlineOffsets[k], nuclei.outlineOffsets[k + 1], outlineBase(nuclei, k));

/** The same drawn on a path, without an object for each corner. */
export function drawNucleus(nuclei: SlideNuclei, k: number, path: OutlinePath): void {
  const { outlineBytes, outlineOffsets } = nuclei;
  drawOutline(outlineBytes, outlineOffsets[k], outlineOffsets[k + 1], outlineBase(nuclei, k), path);
}

/** Whether nucleus k covers a point, in corners of pixels. */
export function nucleusCovers(nuclei: SlideNuclei, k: number, point: { x: number; y: number }): boolean {
  const { outlineBytes, outlineOffsets } = nuclei;
  return outlineCovers(outlineBytes, outlineOffsets[k], outlineOffsets[k + 1], outlineBase(nuclei, k), point);
}
