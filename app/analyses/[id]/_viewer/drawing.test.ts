import { expect, test } from 'vitest';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { INITIAL_VIEW } from '../_pictures/view-settings';
import { drawOutlines } from './draw-outlines';
import { histogramPath } from './histogram-path';
import { addCorner, beginDraft, closeDraft, dragDraft } from './region-draft';
import { halveSize, partOf } from './tile-parts';

/** Two squares of 4 x 4 pixels: one at the top left, one far to the right. */
const found = {
  count: 2,
  bbox: Int32Array.of(0, 0, 4, 4, 100, 0, 104, 4),
  contourOffsets: Int32Array.of(0, 8, 16),
  contourPoints: Int32Array.of(0, 0, 3, 0, 3, 3, 0, 3, 100, 0, 103, 0, 103, 3, 100, 3),
} as unknown as OutlinedNuclei;

/** A canvas context that records what is drawn. */
function recorder() {
  const strokes: { colour: unknown; width: number; dash: number[]; alpha: number; moves: string[] }[] = [];
  let moves: string[] = [];
  let dash: number[] = [];
  const pen = {
    lineWidth: 0,
    strokeStyle: '' as unknown,
    lineJoin: '' as unknown,
    globalAlpha: 1,
    save: () => undefined,
    restore: () => undefined,
    setTransform: () => undefined,
    setLineDash: (next: number[]) => {
      dash = next;
    },
    beginPath: () => {
      moves = [];
    },
    moveTo: (x: number, y: number) => moves.push(`M${x} ${y}`),
    lineTo: (x: number, y: number) => moves.push(`L${x} ${y}`),
    stroke: () =>
      strokes.push({ colour: pen.strokeStyle, width: pen.lineWidth, dash, alpha: pen.globalAlpha, moves: [...moves] }),
  };
  return { pen: pen as never, strokes };
}

const placement = { scale: 2, offsetX: 0, offsetY: 0, width: 400, height: 100 };
const { outlines } = INITIAL_VIEW;
const gated = (kept: number[], positive: number[]) => ({
  kept: Uint8Array.from(kept),
  positive: Uint8Array.from(positive),
});

test('positive nuclei are solid and thick, negative ones dashed and thin', () => {
  const { pen, strokes } = recorder();
  drawOutlines(pen, { found, gated: gated([1, 1], [1, 0]) }, placement, outlines, 1);
  const [negative, positive] = strokes;
  expect(strokes).toHaveLength(2);
  if (!negative || !positive) return;
  expect([positive.colour, negative.colour]).toEqual([outlines.positiveColour, outlines.negativeColour]);
  expect(positive.width).toBeGreaterThan(negative.width);
  expect([positive.dash.length, negative.dash.length]).toEqual([0, 2]);
  expect(positive.moves).toEqual(['M0.5 0.5', 'L3.5 0.5', 'L3.5 3.5', 'L0.5 3.5', 'L0.5 0.5']);
});

test('what is left out or out of sight is not drawn', () => {
  const { pen, strokes } = recorder();
  drawOutlines(pen, { found, gated: gated([0, 1], [1, 1]) }, { ...placement, width: 100 }, outlines, 1);
  expect(strokes).toEqual([]);
});

test('what lies outside the regions steps back', () => {
  const { pen, strokes } = recorder();
  const counted = Uint8Array.of(1, 0);
  drawOutlines(pen, { found, gated: { ...gated([1, 1], [1, 1]), counted } }, placement, outlines, 1);
  expect(strokes.map(({ alpha }) => alpha)).toEqual([0.35, 1]);
});

test('from far away corners closer than a screen pixel are left out', () => {
  const { pen, strokes } = recorder();
  drawOutlines(pen, { found, gated: gated([1, 0], [1, 0]) }, { ...placement, scale: 0.2 }, outlines, 1);
  expect(strokes[0]?.moves).toEqual(['M0.5 0.5', 'L0.5 0.5']);
});

test('a region is drawn by dragging or by corners, and ends within the image', () => {
  const size = { width: 100, height: 50 };
  const rectangle = dragDraft(beginDraft('rectangle', { x: 90, y: 40 }), { x: 120, y: -8 }, 1);
  expect(closeDraft(rectangle, size)).toEqual([
    [90, 0],
    [100, 0],
    [100, 40],
    [90, 40],
    [90, 0],
  ]);
  expect(closeDraft(beginDraft('rectangle', { x: 1, y: 1 }), size)).toBeNull();
  const two = addCorner(beginDraft('polygon', { x: 0, y: 0 }), { x: 10, y: 0 });
  expect(closeDraft(two, size)).toBeNull();
  expect(closeDraft(addCorner(two, { x: 5, y: 9 }), size)).toEqual([
    [0, 0],
    [10, 0],
    [5, 9],
    [0, 0],
  ]);
  const line = dragDraft(beginDraft('freehand', { x: 0, y: 0 }), { x: 2, y: 0 }, 1);
  expect(line.points).toHaveLength(1);
  expect(dragDraft(line, { x: 4, y: 0 }, 1).points).toHaveLength(2);
});

test('tiles share a pixel with their neighbours and end with the picture', () => {
  expect(partOf(1000, 400, 0, 0)).toEqual({ x: 0, y: 0, width: 513, height: 400 });
  expect(partOf(1000, 400, 1, 0)).toEqual({ x: 511, y: 0, width: 489, height: 400 });
  expect(halveSize(3001, 2)).toBe(751);
});

test('a histogram starts and ends on its base', () => {
  const path = histogramPath(
    Uint32Array.from({ length: 256 }, (_, i) => i),
    40,
  );
  expect(path).toMatch(/^M0 40L0 40\.0L1 /);
  expect(path).toMatch(/L255 0\.0L255 40Z$/);
});
