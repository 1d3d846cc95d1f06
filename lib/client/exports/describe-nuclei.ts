import type { IntensityThresholds } from '@/lib/scoring/h-score';
import type { NucleusColumns } from '@/lib/scoring/nucleus-table';
import type { ExportedNucleus, Grade } from './exported-result';

/** Measured nuclei, entry `k` of each column of one nucleus, with their contours. */
export type OutlinedNuclei = Pick<
  NucleusColumns,
  'count' | 'areaPx' | 'centroidX' | 'centroidY' | 'bbox' | 'markerMax' | 'markerMean' | 'odMean'
> & {
  /** Contour of nucleus `k`: x, y pairs (pixel centres) from `contourOffsets[k]` to `contourOffsets[k + 1]`. */
  contourOffsets: Int32Array;
  contourPoints: Int32Array;
};

type Point = readonly [x: number, y: number];

/** The counted nuclei in label order, numbered from 1. */
export function describeNuclei(
  columns: OutlinedNuclei,
  { counted, positive }: { counted: Uint8Array; positive: Uint8Array },
  { micronsPerPixel, intensity }: { micronsPerPixel: number; intensity: IntensityThresholds },
): ExportedNucleus[] {
  const nuclei: ExportedNucleus[] = [];
  for (let k = 0; k < columns.count; k++) {
    if (counted[k] !== 1) continue;
    const isPositive = positive[k] === 1;
    nuclei.push({
      id: nuclei.length + 1,
      x: columns.centroidX[k] + 0.5,
      y: columns.centroidY[k] + 0.5,
      isPositive,
      grade: isPositive ? gradeOf(columns.odMean[k], intensity) : 'negative',
      areaPx: columns.areaPx[k],
      areaUm2: columns.areaPx[k] * micronsPerPixel ** 2,
      markerMax: columns.markerMax[k],
      markerMean: columns.markerMean[k],
      odMean: columns.odMean[k],
      outline: outlineOf(columns, k),
    });
  }
  return nuclei;
}

const gradeOf = (odMean: number, { twoPlus, threePlus }: IntensityThresholds): Grade =>
  odMean >= threePlus ? '3+' : odMean >= twoPlus ? '2+' : '1+';

/** Through pixel centres, as traced; of a nucleus too thin to have an area between them, its box. */
function outlineOf({ contourOffsets, contourPoints, bbox }: OutlinedNuclei, k: number): Point[] {
  const points: Point[] = [];
  for (let i = contourOffsets[k]; i < contourOffsets[k + 1]; i += 2)
    points.push([contourPoints[i] + 0.5, contourPoints[i + 1] + 0.5]);
  const outline = withoutSpikes(points);
  if (outline.length >= 3) return outline;
  const [x0, y0, x1, y1] = bbox.subarray(4 * k, 4 * k + 4);
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** A spur one pixel wide is traced out and back; a ring that does so is not simple, and readers refuse it. */
function withoutSpikes(points: readonly Point[]): Point[] {
  const ring: Point[] = [];
  for (const point of points) {
    while (ring.length >= 2 && turnsBack(ring[ring.length - 2], ring[ring.length - 1], point)) ring.pop();
    if (!isSame(ring.at(-1), point)) ring.push(point);
  }
  while (ring.length >= 3 && turnsBack(ring[ring.length - 2], ring[ring.length - 1], ring[0])) ring.pop();
  while (ring.length >= 3 && (isSame(ring.at(-1), ring[0]) || turnsBack(ring[ring.length - 1], ring[0], ring[1])))
    ring.shift();
  return ring;
}

const isSame = (a: Point | undefined, b: Point) => a !== undefined && a[0] === b[0] && a[1] === b[1];

function turnsBack([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): boolean {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - bx, cy - by];
  return ux * vy - uy * vx === 0 && ux * vx + uy * vy < 0;
}
