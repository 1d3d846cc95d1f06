import { outlineMask } from '@/lib/imaging/tissue/mask-outlines';
import { outlineSink, writeOutline } from '@/lib/scoring/slide/outline-bytes';
import type { KindColumns, SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';

/** Round and grey. */
const plainColumns = (areaPx: Int32Array): KindColumns => {
  const empty = () => new Float32Array(areaPx.length);
  const variance = () => Float32Array.from(areaPx, (area) => area / (4 * Math.PI));
  return {
    ...{ odSpread: empty(), brownMean: empty(), covariance: empty() },
    ...{ varianceX: variance(), varianceY: variance() },
  };
};

export type DrawnNucleus = {
  x: number;
  y: number;
  positive?: boolean;
  odMean?: number;
  markerMax?: number;
  /** Of a square, 6 by default. */
  side?: number;
};

/** Square nuclei; `x` and `y` are the pixel of the upper left corner. */
export function drawNuclei(drawn: readonly DrawnNucleus[]): SlideNuclei {
  const count = drawn.length;
  const sink = outlineSink();
  const outlineOffsets = new Float64Array(count + 1);
  for (const [k, { side = 6 }] of drawn.entries()) {
    const square = { data: new Uint8Array(side * side).fill(1), width: side, height: side };
    const middle = Math.floor((side - 1) / 2);
    for (const polygon of outlineMask(square, { x: 1, y: 1 }, 0)) writeOutline(sink, [polygon], { x: -middle, y: -middle });
    outlineOffsets[k + 1] = sink.length;
  }
  const column = (value: (nucleus: DrawnNucleus) => number) => drawn.map(value);
  const areaPx = Int32Array.from(column(({ side = 6 }) => side * side));
  return {
    ...{ algorithm: 'watershed', count, outlineOffsets },
    outlineBytes: sink.bytes.slice(0, sink.length),
    centroidX: Float64Array.from(column(({ x, side = 6 }) => x + (side - 1) / 2)),
    centroidY: Float64Array.from(column(({ y, side = 6 }) => y + (side - 1) / 2)),
    ...{ areaPx, kindColumns: plainColumns(areaPx) },
    positive: Uint8Array.from(column(({ positive = false }) => Number(positive))),
    markerMax: Uint8Array.from(column(({ markerMax = 0 }) => markerMax)),
    markerMean: new Float32Array(count),
    odMean: Float32Array.from(column(({ odMean = 0 }) => odMean)),
    markerHistogram: null,
  };
}

/** Numbers from 0 to 1, the same every time. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Nuclei at random places, without outlines: a third positive, more so around the middle. */
export function scatterNuclei(count: number, width: number, height: number, seed = 1): SlideNuclei {
  const random = randomOf(seed);
  const nuclei = {
    ...{ algorithm: 'watershed' as const, count, markerHistogram: null },
    centroidX: new Float64Array(count),
    centroidY: new Float64Array(count),
    areaPx: new Int32Array(count),
    positive: new Uint8Array(count),
    markerMax: new Uint8Array(count),
    markerMean: new Float32Array(count),
    odMean: new Float32Array(count),
    outlineOffsets: new Float64Array(count + 1),
    outlineBytes: new Uint8Array(0),
  };
  for (let k = 0; k < count; k++) {
    const [x, y] = [width * random(), height * random()];
    nuclei.centroidX[k] = Math.floor(256 * x) / 256 - 0.5;
    nuclei.centroidY[k] = Math.floor(256 * y) / 256 - 0.5;
    nuclei.areaPx[k] = 100 + 900 * random();
    const heat = Math.exp(-((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 8);
    nuclei.positive[k] = random() < 0.1 + 0.4 * heat ? 1 : 0;
    nuclei.markerMax[k] = 255 * random();
    nuclei.odMean[k] = 0.2 + 0.4 * random();
  }
  return { ...nuclei, kindColumns: plainColumns(nuclei.areaPx) };
}
