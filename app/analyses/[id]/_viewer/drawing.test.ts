import { describe, expect, test, vi } from 'vitest';
import { OUTLINE_COLOURS, relativeLuminance } from '@/app/_viewer/stroke-outlines';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { INITIAL_VIEW } from '../_pictures/view-settings';
import { drawCorrected, drawOutlines } from './draw-outlines';
import { histogramPath } from './histogram-path';
import { beginDraft, closeDraft, dragDraft } from './region-draft';
import { halveSize, partOf } from './tile-parts';

/** Two squares of 4 x 4 pixels: one at the top left, one far to the right. */
const found = {
  count: 2,
  bbox: Int32Array.of(0, 0, 4, 4, 100, 0, 104, 4),
  contourOffsets: Int32Array.of(0, 8, 16),
  contourPoints: Int32Array.of(0, 0, 3, 0, 3, 3, 0, 3, 100, 0, 103, 0, 103, 3, 100, 3),
} as unknown as OutlinedNuclei;

/** A path that lists its moves. */
class RecordedPath {
  moves: string[] = [];
  moveTo = (x: number, y: number) => this.moves.push(`M${x} ${y}`);
  lineTo = (x: number, y: number) => this.moves.push(`L${x} ${y}`);
}
vi.stubGlobal('Path2D', RecordedPath);

/** A canvas context that records what is drawn. */
function recorder() {
  const strokes: { colour: unknown; width: number; dash: number[]; alpha: number; moves: string[] }[] = [];
  const fills: { colour: unknown; alpha: number; moves: string[] }[] = [];
  let dash: number[] = [];
  const pen = {
    lineWidth: 0,
    strokeStyle: '' as unknown,
    fillStyle: '' as unknown,
    lineJoin: '' as unknown,
    globalAlpha: 1,
    save: () => undefined,
    restore: () => undefined,
    setTransform: () => undefined,
    setLineDash: (next: number[]) => {
      dash = next;
    },
    fill: ({ moves }: RecordedPath) => fills.push({ colour: pen.fillStyle, alpha: pen.globalAlpha, moves }),
    stroke: ({ moves }: RecordedPath) =>
      strokes.push({ colour: pen.strokeStyle, width: pen.lineWidth, dash, alpha: pen.globalAlpha, moves }),
  };
  return { pen: pen as never, strokes, fills };
}

const placement = { scale: 2, offsetX: 0, offsetY: 0, width: 400, height: 100 };
const { outlines } = INITIAL_VIEW;
const gated = (kept: number[], positive: number[]) => ({
  kept: Uint8Array.from(kept),
  positive: Uint8Array.from(positive),
});

test('positive nuclei are solid, thick and filled, negative ones dashed and thin; each line has its casing below', () => {
  const { pen, strokes, fills } = recorder();
  drawOutlines(pen, { found, gated: gated([1, 1], [1, 0]) }, placement, outlines, 1);
  expect(strokes).toHaveLength(4);
  const [negativeCasing, positiveCasing, negative, positive] = strokes as [Stroke, Stroke, Stroke, Stroke];
  expect([positive.colour, negative.colour]).toEqual([outlines.positiveColour, outlines.negativeColour]);
  expect([positiveCasing.colour, negativeCasing.colour]).toEqual(['#000000', '#000000']);
  expect(positive.width).toBeGreaterThan(negative.width);
  expect(positiveCasing.width - positive.width).toBeGreaterThanOrEqual(2 * 1 * 0.5);
  expect(negativeCasing.width - negative.width).toBeGreaterThanOrEqual(2 * 1 * 0.5);
  expect([positive.dash.length, negative.dash.length, negativeCasing.dash.length]).toEqual([0, 2, 0]);
  expect(positive.moves).toEqual(['M0.5 0.5', 'L3.5 0.5', 'L3.5 3.5', 'L0.5 3.5', 'L0.5 0.5']);
  expect(fills).toEqual([{ colour: outlines.positiveColour, alpha: 0.2, moves: positive.moves }]);
});
type Stroke = ReturnType<typeof recorder>['strokes'][number];

test('a dark line has a light casing', () => {
  const { pen, strokes } = recorder();
  const dark = { ...outlines, positiveColour: '#6f1010' };
  drawOutlines(pen, { found, gated: gated([1, 0], [1, 0]) }, placement, dark, 1);
  expect(strokes.map(({ colour }) => colour)).toEqual(['#ffffff', '#6f1010']);
});

test('what is left out or out of sight is not drawn', () => {
  const { pen, strokes } = recorder();
  drawOutlines(pen, { found, gated: gated([0, 1], [1, 1]) }, { ...placement, width: 100 }, outlines, 1);
  expect(strokes).toEqual([]);
});

test('what lies outside the regions steps back', () => {
  const { pen, strokes, fills } = recorder();
  const counted = Uint8Array.of(1, 0);
  drawOutlines(pen, { found, gated: { ...gated([1, 1], [1, 1]), counted } }, placement, outlines, 1);
  expect(strokes.map(({ alpha }) => alpha)).toEqual([0.35, 1, 0.35, 1]);
  expect(fills.map(({ alpha }) => alpha)).toEqual([0.35 * 0.2, 0.2]);
});

test('from far away corners closer than a screen pixel are left out', () => {
  const { pen, strokes } = recorder();
  drawOutlines(pen, { found, gated: gated([1, 0], [1, 0]) }, { ...placement, scale: 0.2 }, outlines, 1);
  expect(strokes[0]?.moves).toEqual(['M0.5 0.5', 'L0.5 0.5']);
});

test('what was corrected by hand is marked in the colour of its class, and nothing where a nucleus was deleted', () => {
  const { pen, fills } = recorder();
  drawCorrected(
    pen,
    [
      { kind: 'class', x: 10, y: 10, positive: false },
      { kind: 'delete', x: 20, y: 10 },
      { kind: 'add', x: 30, y: 10, positive: true },
    ],
    placement,
    outlines,
    1,
  );
  expect(fills.map(({ colour }) => colour)).toEqual([outlines.negativeColour, outlines.positiveColour]);
  expect(fills[0]?.moves[0]).toBe('M10 8.5');
});

describe.each(OUTLINE_COLOURS)('$name', ({ colours }) => {
  const pair = [colours.positiveColour, colours.negativeColour] as const;

  test('with its casing each line has a contrast of 3 or more to any background', () => {
    const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    for (const line of pair.map(relativeLuminance))
      for (let ground = 0; ground <= 1; ground += 0.01)
        expect(Math.max(contrast(line, ground), contrast(0, ground))).toBeGreaterThanOrEqual(3);
  });

  // Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.
  test.each([
    ['protanopia', [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998]],
    ['deuteranopia', [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881]],
    ['tritanopia', [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039]],
  ])('its colours are told apart with %s', (_, matrix) => {
    const [a, b] = pair.map((colour) => labOf(mapColour(linearOf(colour), matrix))) as [number[], number[]];
    expect(Math.hypot(...a.map((value, i) => value - (b[i] as number)))).toBeGreaterThan(30);
  });
});

const linearOf = (colour: string) =>
  [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
const mapColour = (rgb: readonly number[], matrix: readonly number[]) =>
  [0, 3, 6].map((row) =>
    Math.max(
      0,
      rgb.reduce((sum, value, i) => sum + value * (matrix[row + i] as number), 0),
    ),
  );
/** CIELAB of linear sRGB, D65. */
function labOf(rgb: readonly number[]): number[] {
  const xyz = mapColour(rgb, [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505]);
  const [x, y, z] = xyz.map((value, i) => {
    const t = value / ([0.9505, 1, 1.089][i] as number);
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test('a rectangle around nuclei is dragged, and ends within the image', () => {
  const size = { width: 100, height: 50 };
  const rectangle = dragDraft(beginDraft('select', { x: 90, y: 40 }), { x: 120, y: -8 }, 1);
  expect(closeDraft(rectangle, size)).toEqual([
    [90, 0],
    [100, 0],
    [100, 40],
    [90, 40],
    [90, 0],
  ]);
  expect(closeDraft(beginDraft('select', { x: 1, y: 1 }), size)).toBeNull();
  const line = dragDraft(beginDraft('teachAround', { x: 0, y: 0 }), { x: 2, y: 0 }, 1);
  expect(line.points).toHaveLength(1);
  expect(dragDraft(line, { x: 4, y: 0 }, 1).points).toHaveLength(2);
  expect(closeDraft(line, size)).toBeNull();
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
