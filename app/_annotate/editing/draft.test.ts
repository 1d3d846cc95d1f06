import { describe, expect, it } from 'vitest';
import * as clip from '@/lib/annotations/clip';
import { areaOf, boundsOf, type Point } from '@/lib/annotations/points';
import { provideClipping } from './clipping';
import { addCorner, beginDraft, closeDraft, type Draft, type DrawingTool, dragDraft, dropCorner } from './draft';

provideClipping(clip);

const slide = { x0: 0, y0: 0, x1: 1000, y1: 800 };
const view = { pixel: 1, radius: 10, slide };

function draw(tool: DrawingTool, [first, ...others]: readonly Point[], pixel = 1): Draft {
  const begun = beginDraft(tool, first as Point);
  return others.reduce(
    (draft, at) => (tool === 'polygon' ? addCorner(draft, at) : dragDraft(draft, at, { pixel })),
    begun,
  );
}
const close = (tool: DrawingTool, points: readonly Point[], more: Partial<typeof view> = {}) =>
  closeDraft(draw(tool, points, more.pixel), { ...view, ...more });

describe('a rectangle and an ellipse', () => {
  it('lie between the first and the last place, whichever way they are drawn', () => {
    for (const tool of ['rectangle', 'ellipse'] as const) {
      const closed = close(tool, [
        [300, 200],
        [500, 900],
        [100, 50],
      ]);
      expect(closed?.shape).toBe(tool);
      expect(boundsOf(closed?.polygons ?? [])).toEqual({ x0: 100, y0: 50, x1: 300, y1: 200 });
    }
  });

  it('end at the edge of the slide', () => {
    expect(
      boundsOf(
        close('rectangle', [
          [900, 700],
          [5000, -20],
        ])?.polygons ?? [],
      ),
    ).toEqual({ x0: 900, y0: 0, x1: 1000, y1: 700 });
  });

  it('are none where they were only clicked, as the screen shows it', () => {
    expect(
      close('rectangle', [
        [100, 100],
        [102, 130],
      ]),
    ).toBeNull();
    expect(
      close('rectangle', [
        [100, 100],
        [103, 130],
      ]),
    ).not.toBeNull();
    expect(
      close(
        'rectangle',
        [
          [100, 100],
          [130, 130],
        ],
        { pixel: 16 },
      ),
    ).toBeNull();
  });
});

describe('a freehand line', () => {
  const circle = Array.from(
    { length: 200 },
    (_, i): Point => [500 + 100 * Math.cos((i / 200) * 2 * Math.PI), 400 + 100 * Math.sin((i / 200) * 2 * Math.PI)],
  );

  it('has points a few screen pixels apart, and few where it is smooth', () => {
    expect(
      draw('freehand', [
        [0, 0],
        [1, 0],
        [1.9, 0],
        [2, 0],
        [3, 0],
      ]).points,
    ).toHaveLength(2);
    const closed = close('freehand', circle);
    expect(closed?.polygons[0]?.[0]?.length).toBeLessThan(60);
    expect(areaOf(closed?.polygons ?? []) / (Math.PI * 10_000)).toBeCloseTo(1, 2);
  });

  it('that crosses itself encloses every lobe', () => {
    const closed = close('freehand', [
      [100, 100],
      [200, 200],
      [200, 100],
      [100, 200],
    ]);
    expect(closed?.polygons).toHaveLength(2);
    expect(areaOf(closed?.polygons ?? [])).toBe(5000);
  });

  it('that encloses nothing is none', () => {
    expect(
      close('freehand', [
        [100, 100],
        [200, 100],
        [150, 100],
      ]),
    ).toBeNull();
    expect(close('freehand', [[100, 100]])).toBeNull();
    expect(
      close('freehand', [
        [-50, -50],
        [-10, -50],
        [-30, -10],
      ]),
    ).toBeNull();
  });
});

describe('a polygon', () => {
  it('has a corner for each press, and loses the last one', () => {
    const draft = draw('polygon', [
      [0, 0],
      [100, 0],
      [100, 100],
      [0, 100],
    ]);
    expect(dragDraft(draft, [50, 50], { pixel: 1 })).toBe(draft);
    expect(areaOf(closeDraft(draft, view)?.polygons ?? [])).toBe(10_000);
    const fewer = dropCorner(draft);
    expect(areaOf((fewer && closeDraft(fewer, view)?.polygons) ?? [])).toBe(5000);
    expect(dropCorner(beginDraft('polygon', [1, 1]))).toBeNull();
  });

  it('of two corners is none', () => {
    expect(
      close('polygon', [
        [0, 0],
        [100, 0],
      ]),
    ).toBeNull();
  });
});

describe('a brush', () => {
  it('paints a disc as wide on the slide as the screen shows it', () => {
    const closed = close('brush', [[400, 400]], { pixel: 4 });
    expect(areaOf(closed?.polygons ?? []) / (Math.PI * 1600)).toBeCloseTo(1, 1);
  });

  it('leaves a hole where it goes round', () => {
    const closed = close('brush', [
      [100, 100],
      [200, 100],
      [200, 200],
      [100, 200],
      [100, 100],
    ]);
    expect(closed?.polygons.map((rings) => rings.length)).toEqual([2]);
  });
});
