import { describe, expect, it } from 'vitest';
import { type DrawnNucleus, drawScene, randomSource, scatterNuclei } from '../__fixtures__/draw-scene';
import { segmentNuclei } from '../find/find-nuclei';
import type { NucleusColumns } from '../find/nucleus-table';
import { classifyNuclei, PRIOR } from './classify-nuclei';
import { CONTEXT_FEATURES, FEATURES } from './feature-names';
import { hasTumourIndex, KINDS, MARKERS } from './kinds';
import { buildGrid } from './neighbour-grid';
import { nucleusFeatures, surroundingsOf } from './nucleus-features';
import { angleOf, formOf } from './nucleus-form';
import { emptyRows, findNeighbours, mapNeighbours, sumAround } from './sum-around';

const OPTIONS = { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 } as const;
const field = (side: number) => ({ width: side, height: side, micronsPerPixel: 0.25 });

/** Ellipses laid out by hand as nuclei of the given radii. */
const segment = (nuclei: Parameters<typeof drawScene>[2], side: number): NucleusColumns =>
  segmentNuclei(drawScene(side, side, nuclei), OPTIONS);

describe('the form of a nucleus', () => {
  it('has the axes of the ellipse that was drawn, whichever way it lies', () => {
    const nuclei = segment(
      [
        { x: 60, y: 60, radiusX: 24, radiusY: 10, positive: false },
        { x: 150, y: 60, radiusX: 10, radiusY: 24, positive: false },
      ],
      220,
    );
    expect(nuclei.count).toBe(2);
    for (const k of [0, 1]) {
      const { major, minor } = formOf(nuclei, k);
      expect(major / minor).toBeGreaterThan(2.1);
      expect(Math.abs((Math.PI * major * minor) / 4 / nuclei.areaPx[k] - 1)).toBeLessThan(0.05);
    }
    // In the order of their first pixels the tall one comes first.
    expect(nuclei.varianceY[0]).toBeGreaterThan(3 * nuclei.varianceX[0]);
    expect(angleOf(nuclei, 0)).toBeCloseTo(90, 0);
    expect(nuclei.varianceX[1]).toBeGreaterThan(3 * nuclei.varianceY[1]);
    expect(angleOf(nuclei, 1) % 179.9).toBeLessThan(1);
  });
});

describe('sums of neighbours', () => {
  it('are those of looking at every pair, to the bit', () => {
    const random = randomSource(4);
    const count = 400;
    const centroidX = Float64Array.from({ length: count }, () => 900 * random());
    const centroidY = Float64Array.from({ length: count }, () => 300 * random());
    const values = Float32Array.from({ length: 2 * count }, random);
    const used = Int32Array.from({ length: count }, (_, k) => k).filter((k) => k % 5 !== 0);
    const radii = [20, 70] as const;
    const map = mapNeighbours({ count, centroidX, centroidY }, used, radii);
    const neighbours = findNeighbours(map, 0, count);
    const rows = emptyRows(map, 2);
    map.owner.forEach((k, i) => {
      rows.values.set(values.subarray(2 * k, 2 * k + 2), i * rows.stride);
    });
    const found = sumAround(neighbours, rows);
    // Numbers are added up in the order of the grid: another order would give other bits.
    const of = (column: Float64Array) => Float64Array.from(used, (k) => column[k]);
    const inOrder = [...buildGrid(of(centroidX), of(centroidY), radii[1] / 2).points].map((n) => used[n]);
    for (let k = 0; k < count; k++) {
      const apart = [...used]
        .filter((j) => j !== k)
        .map((j) => ({ j, d: Math.hypot(centroidX[j] - centroidX[k], centroidY[j] - centroidY[k]) }))
        .sort((a, b) => a.d - b.d);
      for (const r of [0, 1]) {
        const near = apart.filter(({ d }) => d <= radii[r]);
        expect(found.counts[r][k]).toBe(near.length);
        const isNear = new Set(near.map(({ j }) => j));
        for (const f of [0, 1])
          expect(found.sums[r][2 * k + f]).toBe(
            inOrder.reduce((sum, j) => (isNear.has(j) ? sum + values[2 * j + f] : sum), 0),
          );
      }
      expect(neighbours.nearest[k]).toBeCloseTo(Math.min(apart[0].d, 70), 9);
      expect(neighbours.third[k]).toBeCloseTo(Math.min(apart[2].d, 70), 9);
    }
  });

  it('need no more cells than points allow, however far apart they lie', () => {
    const grid = buildGrid(Float64Array.of(0, 1e6), Float64Array.of(0, 1e6), 1);
    expect(grid.columns * grid.rows).toBeLessThan(100);
    expect([...grid.points].sort()).toEqual([0, 1]);
    expect(buildGrid(new Float64Array(0), new Float64Array(0), 5).points).toHaveLength(0);
  });
});

describe('features', () => {
  it('do not depend on the scale: twice the pixels say the same', () => {
    const nuclei = scatterNuclei(300, 300, 60, 7);
    const large = nuclei.map(({ x, y, radiusX, radiusY, positive }) => ({
      ...{ x: 2 * x + 0.5, y: 2 * y + 0.5, positive },
      ...{ radiusX: 2 * radiusX, radiusY: 2 * radiusY },
    }));
    const at = (side: number, drawn: typeof nuclei, micronsPerPixel: number) => {
      const scene = drawScene(side, side, drawn, 0.5 / micronsPerPixel);
      const found = segmentNuclei(scene, { ...OPTIONS, micronsPerPixel });
      const around = surroundingsOf(found, { width: side, height: side, micronsPerPixel });
      return { found, ...nucleusFeatures(around).features };
    };
    const [small, big] = [at(300, nuclei, 0.5), at(600, large, 0.25)];
    expect(small.found.count).toBe(big.found.count);
    for (const name of ['size', 'elongation', 'nearest', 'wide_cover', 'near_size']) {
      const f = FEATURES.indexOf(name);
      const apart = Array.from({ length: small.found.count }, (_, k) =>
        Math.abs(small.values[k * small.width + f] - big.values[k * big.width + f]),
      );
      expect(apart.sort((a, b) => a - b)[apart.length >> 1], name).toBeLessThan(0.05);
    }
  });
});

describe('the classifier', () => {
  it('has a weight for every feature', () => {
    expect(PRIOR.alone.mean).toHaveLength(FEATURES.length);
    expect(PRIOR.context.mean).toHaveLength(FEATURES.length + CONTEXT_FEATURES.length);
    for (const { mean, scale, weights, constant } of [PRIOR.alone, PRIOR.context]) {
      expect(scale).toHaveLength(mean.length);
      expect(weights).toHaveLength(mean.length + 6);
      expect(constant).toHaveLength(KINDS.length);
      expect(weights.every((row) => row.length === KINDS.length)).toBe(true);
    }
  });

  it('tells a nest of large nuclei from spindles and small round ones beside it', () => {
    const nuclei: DrawnNucleus[] = [];
    const side = 900;
    // Left: a nest. Middle: small and round. Right: spindles in rows.
    for (let y = 40; y < side - 30; y += 38)
      for (let x = 40; x < 400; x += 38) nuclei.push({ x, y, radiusX: 15, radiusY: 14, positive: false });
    for (let y = 30; y < side - 20; y += 26)
      for (let x = 450; x < 580; x += 26) nuclei.push({ x, y, radiusX: 8, radiusY: 8, positive: false });
    for (let y = 40; y < side - 40; y += 75)
      for (let x = 640; x < 880; x += 44) nuclei.push({ x, y, radiusX: 6, radiusY: 18, positive: false });
    const found = segment(nuclei, side);
    const { kind, likelihood } = classifyNuclei(found, field(side));
    const right = (from: number, to: number, wanted: (typeof KINDS)[number]) => {
      const inside = Array.from(kind.keys()).filter((k) => found.centroidX[k] > from && found.centroidX[k] < to);
      return inside.filter((k) => KINDS[kind[k]] === wanted).length / inside.length;
    };
    expect(right(0, 400, 'tumour')).toBeGreaterThan(0.9);
    expect(right(440, 590, 'lymphocyte')).toBeGreaterThan(0.9);
    expect(right(620, 900, 'stroma')).toBeGreaterThan(0.9);
    expect(likelihood.every((value) => value <= 1)).toBe(true);
    // Of groups as clear as these the classifier is sure, not just surer than of the other three.
    const sorted = Float32Array.from(likelihood).sort();
    expect(sorted[sorted.length >> 1]).toBeGreaterThan(0.6);
  });

  it('bears no nuclei, one, and specks alone', () => {
    const none = segment([], 60);
    expect(classifyNuclei(none, field(60)).kind).toHaveLength(0);
    const one = segment([{ x: 30, y: 30, radiusX: 12, radiusY: 12, positive: true }], 60);
    expect(one.count).toBe(1);
    expect(classifyNuclei(one, field(60)).likelihood[0]).toBeGreaterThan(0);
    const speck = { ...one, areaPx: Int32Array.of(20) };
    expect(Number.isFinite(classifyNuclei(speck, field(60)).likelihood[0])).toBe(true);
  });

  it('gives markers of other cells no tumour index', () => {
    expect(MARKERS.filter((marker) => !hasTumourIndex(marker))).toEqual(['cd3', 'cd8', 'cd138', 'he']);
    expect(hasTumourIndex(null)).toBe(true);
  });
});
