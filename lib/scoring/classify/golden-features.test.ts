import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { measureNuclei } from '../find/measure-nuclei';
import { readMeasured } from '../find/nucleus-planes';
import { runsOfLabels } from '../find/nucleus-runs';
import { FEATURES } from './feature-names';
import { nucleusFeatures, surroundingsOf } from './nucleus-features';
import { angleOf, formOf } from './nucleus-form';

/** Written by `make_features.py`, with scikit-image and NumPy. */
type Golden = {
  width: number;
  height: number;
  micronsPerPixel: number;
  runs: [y: number, from: number, to: number, label: number][];
  major: number[];
  minor: number[];
  angle: number[];
  features: number[][];
};
const golden: Golden = JSON.parse(readFileSync(new URL('./__fixtures__/features.json', import.meta.url), 'utf8'));
const { width, height, micronsPerPixel, runs } = golden;

const labelMap = { data: new Int32Array(width * height), width, height };
for (const [y, from, to, label] of runs) labelMap.data.fill(label, y * width + from, y * width + to);
const image: Raster = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
labelMap.data.forEach((label, i) => {
  const [x, y] = [i % width, Math.floor(i / width)];
  const level = (a: number, b: number, c: number) => ((a * x + b * y + c * label) % 200) + 40;
  image.data.set([level(7, 13, 31), level(5, 3, 17), level(3, 11, 29)], 3 * i);
});
const count = golden.major.length;
const nuclei = { count, ...measureNuclei(runsOfLabels(labelMap), count, readMeasured({ image, marker: null })) };

it("forms are scikit-image's", () => {
  expect(count).toBeGreaterThan(50);
  for (let k = 0; k < count; k++) {
    const { major, minor } = formOf(nuclei, k);
    expect(major).toBeCloseTo(golden.major[k], 2);
    expect(minor).toBeCloseTo(golden.minor[k], 2);
    const turned = Math.abs(angleOf(nuclei, k) - golden.angle[k]) % 180;
    // A round nucleus has no direction.
    if (major > 1.1 * minor) expect(Math.min(turned, 180 - turned)).toBeLessThan(0.1);
  }
});

it.each(FEATURES.map((name, f) => [name, f] as const))('%s is as NumPy computes it', (_, f) => {
  const { values } = nucleusFeatures(surroundingsOf(nuclei, { width, height, micronsPerPixel })).features;
  for (let k = 0; k < count; k++) expect(values[k * FEATURES.length + f]).toBeCloseTo(golden.features[k][f], 3);
});
