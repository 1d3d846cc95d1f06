import { drawOverlay, drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { chooseRuns, runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { applyCorrections } from '@/lib/scoring/gate/apply-corrections';
import { applyRegions } from '@/lib/scoring/gate/apply-regions';
import { type GatedNuclei, gateNuclei, resolveThresholds } from '@/lib/scoring/gate/gate-nuclei';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { NucleusRecords, NucleusScore, ScoreNucleiPayload } from './protocol';

/** Specks, which one of the algorithms finds many of, are no nuclei at any magnification. */
const LARGEST_SPECK_UM2 = 3;

/** Finds, gates, classifies and counts the nuclei of one image, and draws the pictures that were asked for. */
export function scoreImage(payload: ScoreNucleiPayload): {
  score: NucleusScore;
  nuclei: NucleusRecords | null;
  ms: number;
} {
  const started = performance.now();
  const { image, segmentation, marker, algorithm, probThresh, gate } = payload;
  const found = segmentNuclei(
    { image, segmentation, marker },
    { algorithm, probThresh, micronsPerPixel: gate.micronsPerPixel },
  );
  const thresholds = resolveThresholds(found, marker, gate);
  const gatedByThresholds = gateNuclei(found, thresholds);
  const corrected = applyCorrections(
    { image, marker },
    found,
    gatedByThresholds,
    payload.corrections,
    gate.micronsPerPixel,
  );
  const { table } = corrected;
  const gated = applyRegions(table, corrected.gated, payload.regions);
  if (payload.overlay) drawOverlay(image, table, gated, payload.overlay);
  if (payload.refined) drawRefined(table, gated, payload.refined);
  return {
    score: {
      ...labelingIndex(gated),
      thresholds,
      sizes: describeSizes(found, gate.micronsPerPixel),
      corrections: corrected.applied,
    },
    nuclei: payload.wantNuclei ? records(table, gated) : null,
    ms: performance.now() - started,
  };
}

/** Indices of the kept nuclei, in label order. */
function keptIndices({ kept }: GatedNuclei): Int32Array {
  const indices: number[] = [];
  for (let i = 0; i < kept.length; i++) if (kept[i]) indices.push(i);
  return Int32Array.from(indices);
}

/** How many nuclei are found, whatever becomes of them, and the median diameter of the circles of their areas. */
function describeSizes({ areaPx }: NucleusTable, micronsPerPixel: number): NucleusScore['sizes'] {
  const areas = areaPx.filter((area) => area * micronsPerPixel ** 2 > LARGEST_SPECK_UM2).sort();
  const middle = areas[areas.length >> 1];
  return middle === undefined ? null : { count: areas.length, medianDiameterPx: 2 * Math.sqrt(middle / Math.PI) };
}

function records(table: NucleusTable, gated: GatedNuclei): NucleusRecords {
  const indices = keptIndices(gated);
  const pick = <T extends Uint8Array | Int32Array | Float32Array | Float64Array>(column: T): T => {
    const picked = new (column.constructor as new (length: number) => T)(indices.length);
    indices.forEach((index, i) => {
      picked[i] = column[index]!;
    });
    return picked;
  };
  const bbox = new Int32Array(indices.length * 4);
  indices.forEach((index, i) => {
    bbox.set(table.bbox.subarray(index * 4, index * 4 + 4), i * 4);
  });
  return {
    count: indices.length,
    positive: pick(gated.positive),
    centroidX: pick(table.centroidX),
    centroidY: pick(table.centroidY),
    areaPx: pick(table.areaPx),
    markerMax: pick(table.markerMax),
    markerMean: pick(table.markerMean),
    odMean: pick(table.odMean),
    bbox,
    runs: chooseRuns(runsOfLabels(table.labelMap), gated.kept),
  };
}
