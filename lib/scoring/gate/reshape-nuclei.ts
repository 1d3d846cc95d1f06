import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import { readMeasured } from '@/lib/scoring/find/nucleus-planes';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { type SegmentedNuclei, segmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import type { Correction } from './apply-corrections';
import { cutNucleus, drawDisc, joinNuclei, type LabelCanvas } from './edit-labels';
import { pixelAt } from './pixel-at';

/** Nuclei after corrections have drawn, cut and joined them, and what each correction is about. */
export type ReshapedNuclei = {
  /** Those that are left of the found ones, in their order, then those that corrections made, in theirs. */
  readonly nuclei: SegmentedNuclei;
  /** How many of them were found. */
  readonly found: number;
  /** How many there ever were: the found ones, then all that corrections made. */
  readonly ever: number;
  /** The entry of each of `nuclei` among all that there ever were; null = the same. */
  readonly entries: Int32Array | null;
  /** Two entries a correction, among all that there ever were: its nucleus, and the one that it makes or takes away; -1 = none. */
  readonly targets: Int32Array;
};

/** Diameter of a nucleus added where the segmentation found none: that of a small round nucleus. */
const ADDED_DIAMETER_UM = 8;

/**
 * Draws, cuts and joins nuclei as corrections say, in their order. `add` puts a disc on the free pixels around its point, where no
 * nucleus is. `split` cuts the nucleus that its line covers most. `join` makes one of two nuclei that touch.
 *
 * What is made is measured like the found ones. It depends on the corrections and on no gate, so that it can be kept while
 * gates change. Each correction is about the nucleus that covered its point when its turn came.
 *
 * @returns with `found` itself where nothing is drawn, cut or joined. Its arrays are never written.
 */
export function reshapeNuclei(
  { image, marker, micronsPerPixel }: Pick<NucleusMaps, 'image' | 'marker'> & { readonly micronsPerPixel: number },
  found: SegmentedNuclei,
  corrections: readonly Correction[],
): ReshapedNuclei {
  const { count } = found.columns;
  const at = ({ x, y }: Correction) => pixelAt(image, x, y);
  const changesShapes = (correction: Correction) =>
    correction.kind === 'split' ||
    correction.kind === 'join' ||
    (correction.kind === 'add' && at(correction) >= 0 && found.at(at(correction)) < 0);
  if (!corrections.some(changesShapes)) {
    const targets = Int32Array.from(corrections.flatMap((one) => [at(one) < 0 ? -1 : found.at(at(one)), -1]));
    return { nuclei: found, found: count, ever: count, entries: null, targets };
  }
  const table = found.table();
  const canvas: LabelCanvas = {
    data: table.labelMap.data.slice(),
    width: image.width,
    height: image.height,
    boxes: Array.from({ length: count }, (_, k) => {
      const [x0, y0, x1, y1] = table.bbox.subarray(4 * k, 4 * k + 4);
      return { x0, y0, x1, y1 };
    }),
  };
  const positive = Array.from(table.positive);
  const gone = new Set<number>();
  const targets = new Int32Array(2 * corrections.length).fill(-1);
  for (const [i, correction] of corrections.entries()) {
    const pixel = at(correction);
    let nucleus = pixel < 0 ? -1 : canvas.data[pixel] - 1;
    let other = -1;
    if (correction.kind === 'add' && pixel >= 0 && nucleus < 0) {
      nucleus = drawDisc(canvas, pixel, ADDED_DIAMETER_UM / 2 / micronsPerPixel);
      positive.push(correction.positive ? 1 : 0);
    } else if (correction.kind === 'split') {
      [nucleus, other] = cutNucleus(canvas, correction);
      if (other >= 0) positive.push(positive[nucleus]);
    } else if (correction.kind === 'join') {
      const end = pixelAt(image, correction.x2, correction.y2);
      const partner = end < 0 ? -1 : canvas.data[end] - 1;
      if (joinNuclei(canvas, nucleus, partner)) gone.add(partner);
      other = gone.has(partner) ? partner : -1;
    }
    targets.set([nucleus, other], 2 * i);
  }
  const ever = positive.length;
  const entries = Int32Array.from(positive.keys()).filter((k) => !gone.has(k));
  if (gone.size > 0) renumber(canvas.data, entries, ever);
  const labelMap = { data: canvas.data, width: image.width, height: image.height };
  const measured = measureNuclei(runsOfLabels(labelMap), entries.length, readMeasured({ image, marker }));
  return {
    nuclei: segmentedNuclei({
      ...table,
      labelMap,
      count: entries.length,
      positive: Uint8Array.from(entries, (k) => positive[k]),
      // Of the found nuclei alone, and used where they are found.
      clusterRows: new Int32Array(0),
      ...measured,
    }),
    found: entries.filter((k) => k < count).length,
    ever,
    entries: gone.size > 0 ? entries : null,
    targets,
  };
}

/** A column of the found nuclei, of those that are left of them. */
export const leftOf = ({ entries, found }: ReshapedNuclei, column: Uint8Array): Uint8Array =>
  entries === null ? column : Uint8Array.from(entries.subarray(0, found), (k) => column[k]);

function renumber(data: Int32Array, entries: Int32Array, ever: number): void {
  const labels = new Int32Array(ever + 1);
  entries.forEach((k, n) => {
    labels[k + 1] = n + 1;
  });
  for (let i = 0; i < data.length; i++) data[i] = labels[data[i]];
}
