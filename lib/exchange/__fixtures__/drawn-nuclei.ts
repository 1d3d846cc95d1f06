import type { LabelMap } from '@/lib/imaging/raster';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { describeNuclei } from '@/lib/exchange/nuclei';

/** Digits are labels; anything else is background. */
export function labelsOf(...rows: string[]): LabelMap {
  const data = Int32Array.from(rows.join(''), (c) => Number.parseInt(c, 10) || 0);
  return { data, width: rows[0].length, height: rows.length };
}

/** Nuclei of a drawn label map, measured by the kernels; odd labels are positive, kinds follow each other, label n has an optical density of n / 10. */
export function nucleiOf(labels: LabelMap, micronsPerPixel = 0.5) {
  const count = Math.max(0, ...labels.data);
  const runs = runsOfLabels(labels);
  const measured = measureNuclei(runs, count, { ...labels, addStain: () => undefined, marker: null });
  const odMean = Float32Array.from({ length: count }, (_, k) => (k + 1) / 10);
  const gated = {
    counted: new Uint8Array(count).fill(1),
    positive: Uint8Array.from({ length: count }, (_, k) => (k + 1) % 2),
    kinds: {
      kind: Uint8Array.from({ length: count }, (_, k) => k % 4),
      likelihood: new Float32Array(count).fill(0.75),
      named: null,
    },
  };
  return describeNuclei({ count, ...measured, odMean }, { pieces: [runs], width: labels.width }, gated, {
    micronsPerPixel,
    intensity: { twoPlus: 0.25, threePlus: 0.45 },
  });
}

/** A block, one pixel, two pixels that touch at a corner, a ring, and a ring open at a corner. */
export const SHAPES = labelsOf(
  '111..2....',
  '111.....3.',
  '111......3',
  '..........',
  '4444..555.',
  '4..4..5.5.',
  '4444..55..',
);
export const NUCLEI = nucleiOf(SHAPES);

export const WHOLE = frameOf('image', SHAPES, null);

/** The picture as level 1 of a slide: four pixels of the full resolution each way for one of the picture. */
export const PART = {
  level: 1,
  downsample: 4,
  region: { x: 40_000, y: 200, width: 4 * SHAPES.width, height: 4 * SHAPES.height },
};
export const ON_SLIDE = frameOf('slide', SHAPES, PART);
