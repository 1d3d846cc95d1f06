import { describe, expect, it } from 'vitest';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import { readMeasured } from '@/lib/scoring/find/nucleus-planes';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { outlineNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { segmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import { applyCorrections, type Correction } from './apply-corrections';
import { gateNuclei } from './gate-nuclei';
import { reshapeNuclei } from './reshape-nuclei';

/** 1 is positive. It touches 2, which is negative; 3 is a pixel away from 2; 4 is too small to be kept. */
const PICTURE = ['1112222.333', '1112222.333', '1112222.333', '...........', '4..........'];
const width = PICTURE[0]!.length;
const height = PICTURE.length;
const labelMap = { data: Int32Array.from(PICTURE.join(''), (c) => (c === '.' ? 0 : Number(c))), width, height };
const image = { data: new Uint8Array(width * height * 3).fill(200), width, height, channels: 3 as const };
const table: NucleusTable = {
  algorithm: 'watershed',
  count: 4,
  labelMap,
  positive: Uint8Array.of(1, 0, 1, 0),
  clusterRows: new Int32Array(8),
  ignoredPixels: new Int32Array(),
  ...measureNuclei(runsOfLabels(labelMap), 4, readMeasured({ image, marker: null })),
};
const found = segmentedNuclei(table);
const gated = gateNuclei(table, { sizeThresh: 4, sizeThreshUpper: null, markerThresh: null });

function correct(...corrections: Correction[]) {
  const reshaped = reshapeNuclei({ image, marker: null, micronsPerPixel: 4 }, found, corrections);
  const { columns } = reshaped.nuclei;
  const { gated: after, applied } = applyCorrections(reshaped, gated, corrections);
  const { data } = reshaped.nuclei.table().labelMap;
  return {
    reshaped,
    applied,
    after,
    rows: PICTURE.map((_, y) => [...data.subarray(y * width, (y + 1) * width)].join('')),
    /** Of the kept ones: area and class. */
    kept: Array.from(after.kept.keys())
      .filter((k) => after.kept[k] === 1)
      .map((k) => [columns.areaPx[k], after.positive[k]]),
  };
}
const cut = (x: number): Correction => ({ kind: 'split', x, y: 0, x2: x, y2: 3 });
const join = (x: number, x2: number): Correction => ({ kind: 'join', x, y: 1, x2, y2: 1 });

describe('a cut', () => {
  it('makes two of the nucleus that it covers, of one class; the larger part stays', () => {
    const { rows, kept, applied } = correct(cut(4));
    expect(rows[0]).toBe('11152220333');
    expect(kept).toEqual([
      [9, 1],
      [9, 0],
      [9, 1],
      [3, 0],
    ]);
    expect(applied).toEqual({ class: 0, delete: 0, add: 0, split: 1, join: 0 });
    expect(labelMap.data.includes(5)).toBe(false);
  });
  it('keeps a part that is too small for the gate, and takes the class that the nucleus had by then', () => {
    const flip = (positive: boolean): Correction => ({ kind: 'class', x: 3.5, y: 1, positive });
    expect(correct(flip(true), cut(4)).kept).toEqual([
      [9, 1],
      [9, 1],
      [9, 1],
      [3, 1],
    ]);
    expect(correct(cut(4), flip(true)).kept).toEqual([
      [9, 1],
      [9, 0],
      [9, 1],
      [3, 1],
    ]);
  });
  it('runs aslant, by the centres of pixels', () => {
    expect(correct({ kind: 'split', x: 3, y: 0, x2: 6, y2: 3 }).rows.slice(0, 3)).toEqual([
      '11122220333',
      '11152220333',
      '11155220333',
    ]);
  });
  it('does nothing beside nuclei, along their edge, or to one that does not count', () => {
    for (const line of [
      { kind: 'split', x: 0, y: 3.5, x2: 9, y2: 3.5 },
      { kind: 'split', x: 3, y: 3, x2: 3, y2: 0 },
      { kind: 'split', x: 0.5, y: 4, x2: 0.5, y2: 5 },
      { kind: 'split', x: -5, y: -9, x2: -5, y2: Number.NaN },
    ] as const)
      expect(correct(line).applied.split, JSON.stringify(line)).toBe(0);
    expect(correct({ kind: 'delete', x: 4, y: 1 }, cut(4)).applied.split).toBe(0);
  });
});

describe('a join', () => {
  it('makes one of two that touch, of the class of the first', () => {
    const { rows, kept, applied, reshaped } = correct(join(1, 5));
    expect(rows[0]).toBe('11111110222');
    expect(kept).toEqual([
      [21, 1],
      [9, 1],
    ]);
    expect(applied.join).toBe(1);
    expect(reshaped.nuclei.columns.count).toBe(3);
    expect(correct(join(5, 1)).kept).toEqual([
      [21, 0],
      [9, 1],
    ]);
  });
  it('bridges a gap of one pixel', () => {
    const { rows, kept } = correct(join(5, 9));
    expect(rows[0]).toBe('11122222222');
    expect(kept).toEqual([
      [9, 1],
      [24, 0],
    ]);
  });
  it('does nothing to nuclei that do not touch, to one alone, or to none', () => {
    for (const [x, x2] of [
      [1, 9],
      [1, 2],
      [7, 1],
      [1, 7],
      [1, 99],
    ] as const) {
      const { applied, kept } = correct(join(x, x2));
      expect([applied.join, kept.length], `${x} and ${x2}`).toEqual([0, 3]);
    }
  });
  it('undoes a cut', () => {
    expect(correct(cut(4), join(5, 3)).kept).toEqual([
      [9, 1],
      [12, 0],
      [9, 1],
    ]);
  });
});

it('each correction is about the nucleus that was there when its turn came', () => {
  const flip = (x: number, positive: boolean): Correction => ({ kind: 'class', x, y: 1, positive });
  // What is said of the second before it is joined to the first is lost with it.
  expect(correct(flip(5, true), join(1, 5)).kept).toEqual([
    [21, 1],
    [9, 1],
  ]);
  expect(correct(join(1, 5), flip(5, false)).kept).toEqual([
    [21, 0],
    [9, 1],
  ]);
  expect(correct(join(1, 5), { kind: 'delete', x: 5, y: 1 }).kept).toEqual([[9, 1]]);
  // A part that was cut off keeps its class when the rest of its nucleus joins another.
  expect(correct(flip(4, true), cut(4), join(1, 5)).applied).toEqual({
    class: 1,
    delete: 0,
    add: 0,
    split: 1,
    join: 0,
  });
  expect(correct(flip(4, true), cut(4), join(9, 5)).kept).toEqual([
    [9, 1],
    [21, 1],
    [3, 1],
  ]);
});

it('what was added can be cut and joined, and all of it has outlines', () => {
  const add: Correction = { kind: 'add', x: 7.5, y: 1.5, positive: true };
  const { kept, reshaped } = correct(add, join(7, 5), cut(5));
  expect(kept).toEqual([
    [9, 1],
    [9, 1],
    [9, 1],
    [6, 1],
  ]);
  const shown = outlineNuclei(reshaped.nuclei.table());
  for (let k = 0; k < shown.count; k++)
    expect(shown.contourOffsets[k + 1]! - shown.contourOffsets[k]!).toBeGreaterThan(0);
});
