import { describe, expect, it } from 'vitest';
import { AppError } from '@/lib/errors';
import type { LabelMap } from '@/lib/imaging/raster';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { KIND_COLUMNS, nucleusCovers, outlineOf } from '@/lib/scoring/slide/slide-nuclei';
import { labelsOf, SHAPES } from './__fixtures__/drawn-nuclei';
import { type Block, readBlocks, writeBlocks } from './blocks';
import { traceOutlines } from './outlines';
import { decodeCell, encodeCell, type FoundCell, joinCells } from './slide-nuclei';

const CELL = { column: 3, row: 2, x: 3000, y: 2000, width: 1000, height: 1000 };

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is found in a label map whose upper left pixel is `origin`; odd labels are positive. */
function foundIn(labels: LabelMap, origin = { x: 3100, y: 2200 }): FoundCell {
  const count = labels.data.reduce((most, label) => Math.max(most, label), 0);
  const runs = runsOfLabels(labels);
  const marker = labels.data.map((label) => 20 * label);
  const measured = measureNuclei(runs, count, {
    ...labels,
    addStain: (a, b, sums) => {
      sums.density += 37 * (b - a);
      sums.density2 += 41 * 41 * (b - a);
      sums.brown += 11 * (a % 7);
    },
    marker: Uint8Array.from(marker),
  });
  const positive = Uint8Array.from({ length: count }, (_, k) => (k + 1) % 2);
  return {
    ...{ cell: CELL, algorithm: 'watershed', origin, kindColumns: measured },
    measured: { count, positive, ...measured },
    outlines: traceOutlines([runs], count, labels.width).map(({ polygons }) => polygons),
    markerHistogram: Uint32Array.from({ length: 256 }, (_, value) => value * value),
  };
}

/** A disc a nucleus, on a grid. */
function discs(columns: number, rows: number, radius: number): LabelMap {
  const pitch = 2 * radius + 3;
  const [width, height] = [columns * pitch, rows * pitch];
  const data = new Int32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(x % pitch) - radius - 1, (y % pitch) - radius - 1];
      if (dx * dx + dy * dy <= radius * radius)
        data[y * width + x] = 1 + Math.floor(x / pitch) + columns * Math.floor(y / pitch);
    }
  return { data, width, height };
}

const shifted = (polygons: readonly Polygon[], { x, y }: { x: number; y: number }) =>
  polygons.map((rings): Polygon => rings.map((ring) => ring.map(([px, py]) => [px + x, py + y] as const)));

/** Rings from their topmost, then leftmost corner. */
const fromTop = (polygons: readonly Polygon[]) =>
  polygons.map((rings) =>
    rings.map((ring) => {
      const open = ring.slice(0, -1).map(String);
      const order = ring
        .slice(0, -1)
        .map(([x, y], i) => ({ x, y, i }))
        .sort((a, b) => a.y - b.y || a.x - b.x);
      return [...open.slice(order[0].i), ...open.slice(0, order[0].i)];
    }),
  );

describe('a cell', () => {
  it('comes back as it was, on the slide', () => {
    const found = foundIn(SHAPES);
    const cell = decodeCell(encodeCell(found));
    expect(cell.cell).toEqual(CELL);
    expect(cell.algorithm).toBe('watershed');
    expect(cell.count).toBe(5);
    for (const name of ['areaPx', 'positive', 'markerMax', 'markerMean', 'odMean'] as const)
      expect(cell[name]).toEqual(found.measured[name]);
    for (const name of KIND_COLUMNS) expect(cell.kindColumns?.[name], name).toEqual(found.kindColumns?.[name]);
    expect(cell.kindColumns?.varianceX.some((value) => value > 0)).toBe(true);
    for (let k = 0; k < 5; k++) {
      expect(cell.centroidX[k]).toBeCloseTo(found.measured.centroidX[k] + 3100, 2);
      expect(cell.centroidY[k]).toBeCloseTo(found.measured.centroidY[k] + 2200, 2);
      expect(fromTop(outlineOf(cell, k))).toEqual(fromTop(shifted(found.outlines[k], found.origin)));
    }
    expect(cell.markerHistogram?.[255]).toBe(255 * 255);
  });

  it('may be empty, without a marker', () => {
    const found = { ...foundIn(labelsOf('...')), markerHistogram: null };
    const cell = decodeCell(encodeCell(found));
    expect([cell.count, cell.outlineBytes.length, cell.markerHistogram]).toEqual([0, 0, null]);
  });

  it.each([0.3, 0.6, 0.9])('keeps any shape, small or large (filled by %f)', (density) => {
    const random = randomOf(Math.round(100 * density));
    for (let round = 0; round < 40; round++) {
      const [width, height] = [1 + Math.floor(60 * random()), 1 + Math.floor(12 * random())];
      const data = Int32Array.from({ length: width * height }, () => (random() < density ? 1 : 0));
      if (!data.includes(1)) continue;
      const found = foundIn({ data, width, height }, { x: 0, y: 0 });
      const cell = decodeCell(encodeCell(found));
      expect(fromTop(outlineOf(cell, 0))).toEqual(fromTop(found.outlines[0]));
      const covered = data.map((_, i) =>
        Number(nucleusCovers(cell, 0, { x: (i % width) + 0.5, y: Math.floor(i / width) + 0.5 })),
      );
      expect(covered).toEqual(data);
    }
  });

  it('keeps steps that do not fit in a byte', () => {
    const width = 70_000;
    const data = new Int32Array(2 * width).fill(1);
    data[5] = 0;
    const found = foundIn({ data, width, height: 2 });
    const cell = decodeCell(encodeCell(found));
    expect(fromTop(outlineOf(cell, 0))).toEqual(fromTop(shifted(found.outlines[0], found.origin)));
  });

  it('takes at most 70 bytes for a round nucleus of 8 µm at 0.5 µm per pixel, 90 at 0.25', () => {
    const perNucleus = (radius: number) => {
      const [one, two] = [discs(10, 10, radius), discs(20, 20, radius)].map(
        (labels) => encodeCell(foundIn(labels)).length,
      );
      return (two - one) / 300;
    };
    expect(perNucleus(8)).toBeLessThanOrEqual(70);
    expect(perNucleus(16)).toBeLessThanOrEqual(90);
  });

  it('is refused when columns differ in length, or an outline leaves the edges of pixels', () => {
    const found = foundIn(SHAPES);
    expect(() => encodeCell({ ...found, outlines: found.outlines.slice(1) })).toThrow('5 outlines expected, got 4');
    const slanted: Polygon = [
      [
        [0, 0],
        [4, 1],
        [2, 5],
        [0, 0],
      ],
    ];
    expect(() => encodeCell({ ...found, outlines: found.outlines.map(() => [slanted]) })).toThrow('pixel edges');
    expect(() => encodeCell({ ...found, origin: { x: 2 ** 30, y: 0 } })).toThrow('lies at');
  });
});

describe('a file', () => {
  const bytes = encodeCell(foundIn(SHAPES));

  it('is read from the middle of a stream', () => {
    for (let shift = 1; shift < 9; shift++) {
      const stream = new Uint8Array(bytes.length + 20);
      stream.set(bytes, shift);
      expect(decodeCell(stream.subarray(shift, shift + bytes.length))).toEqual(decodeCell(bytes));
    }
  });

  it('may have more columns, of types that are not known too', () => {
    const format = { magic: 'RNUC', version: 1 };
    const { facts, block } = readBlocks(format, bytes);
    const names = [
      'centre',
      'area',
      'class',
      'marker_max',
      'marker_mean',
      'od_mean',
      'od_spread',
      'brown_mean',
      'variance_x',
      'variance_y',
      'covariance',
      'outline_length',
      'outline',
      'marker_histogram',
    ];
    const blocks: Block[] = [
      { name: 'kind', values: Uint8Array.of(1, 2, 3, 4, 5) },
      ...names.map((name) => ({ name, values: block(name)! })),
      { name: 'features', values: new Float32Array(35) },
    ];
    const richer = writeBlocks(format, { ...(facts as object), classifier: 'x' }, blocks);
    expect(decodeCell(richer)).toEqual(decodeCell(bytes));
    const text = new TextDecoder('latin1').decode(richer);
    const halves = text.replace('"type":"float32","length":35', '"type":"float16","length":70');
    expect(halves).not.toBe(text);
    expect(decodeCell(Uint8Array.from(halves, (c) => c.charCodeAt(0)))).toEqual(decodeCell(bytes));
  });

  it('is refused wherever it is cut off', () => {
    for (let length = 0; length < bytes.length - 8; length++)
      expect(() => decodeCell(bytes.slice(0, length))).toThrow(AppError);
  });

  it('is refused when it is another file, or of another version', () => {
    expect(() => decodeCell(new TextEncoder().encode('{"type":"FeatureCollection","features":[]}'))).toThrow(
      'begins with other letters',
    );
    const newer = bytes.slice();
    newer[4] = 2;
    expect(() => decodeCell(newer)).toThrow('has version 2; version 1 can be read');
  });

  it('is read or refused, whatever happens to its bytes', () => {
    const random = randomOf(7);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const damaged = bytes.slice();
      for (let n = 1 + Math.floor(4 * random()); n > 0; n--)
        damaged[Math.floor(random() * bytes.length)] = Math.floor(256 * random());
      try {
        const cell = decodeCell(damaged);
        for (let k = 0; k < cell.count; k++) outlineOf(cell, k);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });
});

describe('cells of a slide', () => {
  const at = (column: number, row: number) => {
    const origin = { x: 1000 * column, y: 1000 * row };
    return decodeCell(encodeCell({ ...foundIn(SHAPES, origin), cell: { ...CELL, ...origin, column, row } }));
  };

  it('make one table, in whatever order they come', () => {
    const [a, b, c] = [at(0, 0), at(1, 0), at(0, 1)];
    const joined = joinCells([c, a, b], 'watershed');
    expect(joined).toEqual(joinCells([a, b, c], 'watershed'));
    expect(joined.count).toBe(15);
    expect(Array.from(joined.centroidX)).toEqual([...a.centroidX, ...b.centroidX, ...c.centroidX]);
    expect(outlineOf(joined, 8)).toEqual(outlineOf(b, 3));
    expect(outlineOf(joined, 14)).toEqual(outlineOf(c, 4));
    expect(joined.markerHistogram?.[255]).toBe(3 * 255 * 255);
  });

  it('have kinds only where all cells keep what these are told by', () => {
    const older = decodeCell(encodeCell({ ...foundIn(SHAPES, { x: 2000, y: 0 }), kindColumns: null }));
    expect(older.kindColumns).toBeNull();
    const joined = joinCells([at(0, 0), at(1, 0)], 'watershed');
    expect(joined.kindColumns?.brownMean).toHaveLength(10);
    expect(joined.kindColumns?.covariance[7]).toBe(at(1, 0).kindColumns?.covariance[2]);
    expect(joinCells([at(0, 0), older], 'watershed').kindColumns).toBeNull();
  });

  it('may be none', () => {
    expect(joinCells([], 'deepliif')).toMatchObject({ algorithm: 'deepliif', count: 0, markerHistogram: null });
  });

  it('are refused when they do not belong together', () => {
    expect(() => joinCells([at(0, 0)], 'deepliif')).toThrow('nuclei of watershed among those of deepliif');
    expect(() => joinCells([at(0, 0), { ...at(1, 0), markerHistogram: null }], 'watershed')).toThrow(
      'without a marker',
    );
  });

  it('are joined to a million nuclei', () => {
    const cell = decodeCell(encodeCell(foundIn(discs(100, 50, 8))));
    const cells = Array.from({ length: 200 }, (_, n) => ({ ...cell, cell: { ...CELL, column: n } }));
    const joined = joinCells(cells, 'watershed');
    expect(joined.count).toBe(1_000_000);
    expect(outlineOf(joined, 999_999)).toEqual(outlineOf(cell, 4999));
  });
});
