import { describe, expect, it } from 'vitest';
import { drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { sketchNuclei } from '@/lib/scoring/draw/sketch-nuclei';
import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import { readMeasured } from '@/lib/scoring/find/nucleus-planes';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { segmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import { traceContours } from '@/lib/scoring/find/trace-contours';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import { applyCorrections, type Correction } from './apply-corrections';
import { applyRegions } from './apply-regions';
import { type GatedNuclei, gateNuclei } from './gate-nuclei';
import { reshapeNuclei } from './reshape-nuclei';

/** Label 1 is positive and large, 2 negative and large, 3 too small to be kept. */
const PICTURE = ['111.....222', '111.....222', '111.....222', '...........', '3..........'];
const width = PICTURE[0]!.length;
const height = PICTURE.length;
const labelMap = {
  data: Int32Array.from(PICTURE.join(''), (c) => (c === '.' ? 0 : Number(c))),
  width,
  height,
};
const image = { data: new Uint8Array(width * height * 3).fill(200), width, height, channels: 3 as const };
const table: NucleusTable = {
  algorithm: 'watershed',
  count: 3,
  labelMap,
  positive: Uint8Array.of(1, 0, 1),
  clusterRows: new Int32Array(0),
  ignoredPixels: new Int32Array(),
  ...measureNuclei(runsOfLabels(labelMap), 3, readMeasured({ image, marker: null })),
};
const gated = gateNuclei(table, { sizeThresh: 4, sizeThreshUpper: null, markerThresh: null });

/** 8 µm are two pixels: a disc of radius 1 is a plus sign. */
function correct(...corrections: Correction[]) {
  const reshaped = reshapeNuclei({ image, marker: null, micronsPerPixel: 4 }, segmentedNuclei(table), corrections);
  return { table: reshaped.nuclei.table(), ...applyCorrections(reshaped, gated, corrections) };
}
const count = (g: GatedNuclei) => {
  const { total, positive } = labelingIndex(g);
  return { total, positive };
};

describe('applyCorrections', () => {
  it('changes nothing without corrections', () => {
    expect(correct()).toEqual({ table, gated, applied: { class: 0, delete: 0, add: 0, split: 0, join: 0 } });
  });

  it('turns the class of the nucleus under the point', () => {
    const { gated: after, applied } = correct({ kind: 'class', x: 9.9, y: 0.2, positive: true });
    expect(count(after)).toEqual({ total: 2, positive: 2 });
    expect(applied.class).toBe(1);
    expect(count(gated)).toEqual({ total: 2, positive: 1 });
  });

  it('deletes, and adds again what was deleted or gated out', () => {
    const place = { x: 1, y: 1 };
    expect(count(correct({ kind: 'delete', ...place }).gated)).toEqual({ total: 1, positive: 0 });
    const back = correct({ kind: 'delete', ...place }, { kind: 'add', ...place, positive: false });
    expect(count(back.gated)).toEqual({ total: 2, positive: 0 });
    expect(back.table).toBe(table);
    expect(count(correct({ kind: 'add', x: 0, y: 4, positive: true }).gated)).toEqual({ total: 3, positive: 2 });
  });

  it('draws a nucleus where there is none, over no other, and measures it like one', () => {
    const { table: after, gated: gate, applied } = correct({ kind: 'add', x: 3.5, y: 1.5, positive: true });
    expect(applied.add).toBe(1);
    const rows = PICTURE.map((_, y) => [...after.labelMap.data.subarray(y * width, y * width + width)].join(''));
    expect(rows).toEqual(['11140000222', '11144000222', '11140000222', '00000000000', '30000000000']);
    expect([after.count, after.areaPx[3], after.centroidY[3], after.positive[3]]).toEqual([4, 4, 1, 1]);
    expect(count(gate)).toEqual({ total: 3, positive: 2 });
    expect(traceContours(after, gate.kept).offsets).toHaveLength(4);
    expect(drawRefined(sketchNuclei(after, gate)).data).toHaveLength(width * height * 3);
    expect(labelMap.data.includes(4)).toBe(false);
  });

  it('draws a nucleus at the very first pixel too', () => {
    const nothing = { ...labelMap, data: new Int32Array(width * height) };
    const runs = runsOfLabels(nothing);
    const measured = measureNuclei(runs, 0, readMeasured({ image, marker: null }));
    const empty = segmentedNuclei({ ...table, count: 0, labelMap: nothing, positive: new Uint8Array(0), ...measured });
    const place = { x: 0.2, y: 0.3, positive: true };
    const scene = { image, marker: null, micronsPerPixel: 4 };
    const { columns } = reshapeNuclei(scene, empty, [{ kind: 'add', ...place }]).nuclei;
    // Three of the plus sign's five pixels lie in the picture.
    expect([columns.count, columns.areaPx[0], columns.firstPixel[0]]).toEqual([1, 3, 0]);
  });

  it('corrects what was added', () => {
    const place = { x: 5, y: 3 };
    const flipped = correct({ kind: 'add', ...place, positive: true }, { kind: 'class', ...place, positive: false });
    expect(count(flipped.gated)).toEqual({ total: 3, positive: 1 });
    const gone = correct({ kind: 'add', ...place, positive: true }, { kind: 'delete', ...place });
    expect(count(gone.gated)).toEqual({ total: 2, positive: 1 });
  });

  it('passes over points beside every nucleus and beside the image', () => {
    const nowhere: Correction[] = [-1, 5, 11, Number.NaN].map((x) => ({ kind: 'delete', x, y: 3 }));
    expect(correct(...nowhere)).toEqual({ table, gated, applied: { class: 0, delete: 0, add: 0, split: 0, join: 0 } });
    expect(correct({ kind: 'class', x: 0, y: 4, positive: true }).applied.class).toBe(0);
  });
});

describe('applyRegions', () => {
  const half = (from: number, to: number) => [
    [
      [from, 0],
      [to, 0],
      [to, 9],
      [from, 9],
      [from, 0],
    ] as [number, number][],
  ];

  it('counts everywhere without regions, and else in those that include and none that excludes', () => {
    expect(applyRegions(table, gated, { include: [], exclude: [] })).toBe(gated);
    expect(count(applyRegions(table, gated, { include: [half(0, 5)], exclude: [] }))).toEqual({
      total: 1,
      positive: 1,
    });
    expect(count(applyRegions(table, gated, { include: [], exclude: [half(0, 5)] }))).toEqual({
      total: 1,
      positive: 0,
    });
    expect(count(applyRegions(table, gated, { include: [half(0, 11)], exclude: [half(7, 11)] }))).toEqual({
      total: 1,
      positive: 1,
    });
  });
});
