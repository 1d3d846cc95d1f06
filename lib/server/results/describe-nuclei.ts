import 'server-only';
import type { Cell } from '@/lib/contracts/infer';
import { type PictureFrame, toFrame } from '@/lib/exchange/coordinate-frame';
import { describeNuclei, type ExportedNucleus } from '@/lib/exchange/nuclei';
import type { NucleusRecords } from '@/lib/scoring/find/nucleus-records';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** The records of a worker as everything that leaves takes them. */
export function exportNuclei(
  records: NucleusRecords,
  width: number,
  grading: { micronsPerPixel: number; intensity: IntensityThresholds },
): ExportedNucleus[] {
  const counted = new Uint8Array(records.count).fill(1);
  const { positive, runs } = records;
  return describeNuclei(records, { pieces: [runs], width }, { counted, positive }, grading);
}

/** Nuclei as the API gives them. */
export function describeCells(nuclei: readonly ExportedNucleus[], frame: PictureFrame): Cell[] {
  const place = (x: number, y: number, digits = 4): [number, number] => {
    const [frameX, frameY] = toFrame(frame, x, y);
    return [round(frameX, digits), round(frameY, digits)];
  };
  return nuclei.map((nucleus) => {
    const [x0, y0, x1, y1] = nucleus.bbox;
    const [contour = [], ...holes] = nucleus.outline.joined.map((ring) =>
      ring.slice(0, -1).map(([x, y]) => place(x, y)),
    );
    return {
      id: nucleus.id,
      centroid: place(nucleus.x, nucleus.y, 2),
      positive: nucleus.isPositive,
      area_px: nucleus.areaPx,
      area_um2: round(nucleus.areaUm2, 2),
      marker_max: nucleus.markerMax,
      marker_mean: round(nucleus.markerMean, 2),
      od_mean: round(nucleus.odMean, 4),
      bbox: [...place(x0, y0), ...place(x1, y1)],
      contour,
      ...(holes.length > 0 && { holes }),
    };
  });
}
