import 'server-only';
import type { Cell, CellFeatures } from '@/lib/contracts/infer';
import type { NucleusRecords } from '@/workers/protocol';

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Per-nucleus records as the API gives them; ids count from 1 in raster order. */
export function describeCells(nuclei: NucleusRecords, micronsPerPixel: number): Cell[] {
  return Array.from({ length: nuclei.count }, (_, i) => ({
    id: i + 1,
    centroid: [round(nuclei.centroidX[i], 2), round(nuclei.centroidY[i], 2)],
    positive: nuclei.positive[i] === 1,
    area_px: nuclei.areaPx[i],
    area_um2: round(nuclei.areaPx[i] * micronsPerPixel ** 2, 2),
    marker_max: nuclei.markerMax[i],
    marker_mean: round(nuclei.markerMean[i], 2),
    od_mean: round(nuclei.odMean[i], 4),
    bbox: [nuclei.bbox[4 * i], nuclei.bbox[4 * i + 1], nuclei.bbox[4 * i + 2], nuclei.bbox[4 * i + 3]],
    contour: contourOf(nuclei, i),
  }));
}

/** The same nuclei as QuPath reads them. */
export function describeFeatures(cells: readonly Cell[]): CellFeatures {
  return {
    type: 'FeatureCollection',
    features: cells.map((cell) => ({
      type: 'Feature',
      id: String(cell.id),
      geometry: { type: 'Polygon', coordinates: [ringOf(cell)] },
      properties: {
        objectType: 'detection',
        classification: { name: cell.positive ? 'Positive' : 'Negative' },
        measurements: {
          'Area px^2': cell.area_px,
          'Area µm^2': cell.area_um2,
          'Marker max': cell.marker_max,
          'Marker mean': cell.marker_mean,
          'OD mean': cell.od_mean,
        },
      },
    })),
  };
}

function contourOf({ contourOffsets, contourPoints }: NucleusRecords, i: number): [number, number][] {
  const points: [number, number][] = [];
  for (let k = contourOffsets[i]; k < contourOffsets[i + 1]; k += 2)
    points.push([contourPoints[k], contourPoints[k + 1]]);
  return points;
}

/** A closed ring. Contours count pixels, QuPath their corners, so the centre of a pixel lies half a pixel further. */
function ringOf({ contour, bbox: [x0, y0, x1, y1] }: Cell): [number, number][] {
  const ring: [number, number][] = contour.map(([x, y]) => [x + 0.5, y + 0.5]);
  const [first] = ring;
  if (first !== undefined && ring.length >= 3) return [...ring, first];
  // A nucleus one pixel wide has no area between its pixels' centres.
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ];
}
