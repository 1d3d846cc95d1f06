import { beforeAll, expect, it, vi } from 'vitest';
import { colourOfKind, colourOfOwn } from '@/app/_teach/class-colours';
import { NOT_NAMED } from '@/lib/scoring/classify/kinds';
import type { LiveScore } from '../_preview/live-protocol';
import { drawTeaching } from './draw-teaching';

class RecordedPath {
  circle: number[] = [];
  arc = (...numbers: number[]) => {
    this.circle = numbers.slice(0, 3);
  };
}
beforeAll(() => {
  vi.stubGlobal('Path2D', RecordedPath);
  return () => vi.unstubAllGlobals();
});

/** Lists what is drawn, each with its colours. */
function openPen() {
  const drawn: { what: string; at: number[]; fill?: unknown; stroke?: unknown }[] = [];
  const pen = {
    ...{ fillStyle: '' as unknown, strokeStyle: '' as unknown, lineWidth: 0 },
    ...{ save: () => undefined, restore: () => undefined, setTransform: () => undefined, setLineDash: () => undefined },
    fillRect: (...at: number[]) => drawn.push({ what: 'square', at, fill: pen.fillStyle, stroke: pen.strokeStyle }),
    strokeRect: () => undefined,
    fill: (path?: unknown) => drawn.push({ what: 'dot', at: (path as RecordedPath).circle }),
    stroke: (path?: unknown) =>
      drawn.push({ what: 'ring', at: (path as RecordedPath).circle, stroke: pen.strokeStyle }),
  };
  return { pen, drawn };
}

/** Sure tumour, an unsure lymphocyte, a named class that a gate has dropped, and one far beside the picture. */
const live = {
  found: { count: 4, centroidX: Float64Array.of(9.5, 19.5, 29.5, 900), centroidY: Float64Array.of(4.5, 4.5, 4.5, 4.5) },
  gated: { kept: Uint8Array.of(1, 1, 0, 1), counted: Uint8Array.of(1, 1, 0, 1), positive: new Uint8Array(4) },
  kinds: {
    kind: Uint8Array.of(0, 1, 2, 0),
    likelihood: Float32Array.of(0.9, 0.4, 0.3, 1),
    named: { names: ['Blast'], entry: Uint8Array.of(NOT_NAMED, NOT_NAMED, 0, NOT_NAMED) },
  },
} as unknown as LiveScore;
const placement = { scale: 2, offsetX: 100, offsetY: 50, width: 400, height: 300 };
const draw = (score: LiveScore, clicks: { x: number; y: number; name: string }[] = []) => {
  const { pen, drawn } = openPen();
  drawTeaching(pen, score, { teaching: { classes: [], clicks } }, placement, 1);
  return drawn;
};

it('marks kept nuclei in sight in the colour of their kind, hollow where it is unsure', () => {
  const squares = draw(live).filter(({ what }) => what === 'square');
  // Centres count from the centre of a pixel: 9.5 is 10 from the corner.
  expect(squares).toEqual([
    { what: 'square', at: [117, 57, 6, 6], fill: colourOfKind('tumour'), stroke: '#000000' },
    { what: 'square', at: [137, 57, 6, 6], fill: '#000000', stroke: colourOfKind('lymphocyte') },
  ]);
  const kept = { ...live, gated: { ...live.gated, kept: Uint8Array.of(0, 0, 1, 0) } };
  expect(draw(kept)[0]).toMatchObject({ stroke: colourOfOwn(0), fill: '#000000' });
});

it('dots what was stated, and rings the least sure of those that count', () => {
  const drawn = draw(live, [{ x: 30, y: 7, name: 'tumour' }]);
  expect(drawn.filter(({ what }) => what === 'dot')).toEqual([{ what: 'dot', at: [160, 64, 5] }]);
  const rings = drawn.filter(({ what, at }) => what === 'ring' && at[2] === 16);
  expect(rings.map(({ at }) => at.slice(0, 2))).toEqual([
    [140, 60],
    [140, 60],
  ]);
  const sure = { ...live, kinds: { ...live.kinds, likelihood: new Float32Array(4).fill(1) } };
  expect(draw(sure).some(({ what, at }) => what === 'ring' && at[2] === 16)).toBe(false);
});
