import { expect, test, vi } from 'vitest';
import type { Annotation } from '@/lib/contracts/annotation';
import { drawAnnotations, type Scene } from './draw-annotations';

/** At which heights names are written, of squares of 100 px with these upper edges. */
function heightsOf(edges: readonly number[]): number[] {
  vi.stubGlobal(
    'Path2D',
    class {
      moveTo() {}
      lineTo() {}
      closePath() {}
    },
  );
  const heights: number[] = [];
  const known: Record<string, unknown> = {
    canvas: { width: 400, height: 300 },
    measureText: () => ({ width: 40 }),
    fillText: (_: string, __: number, y: number) => heights.push(y),
  };
  const context = new Proxy(known, { get: (target, name) => target[name as string] ?? (() => undefined) });
  const annotations = edges.map((y) => ({
    ...{ id: String(y), name: 'Region 1', polygons: [[square(y)]] },
  })) as unknown as Annotation[];
  const scene = {
    ...{ annotations, selected: [], edited: null, corner: null, draft: null, brush: null, cross: null },
    lookOf: () => ({ letter: '', colour: '#fff', dash: [], width: 1 }),
  } as unknown as Scene;
  drawAnnotations(context as unknown as CanvasRenderingContext2D, scene, {
    ...{ matrix: [1, 0, 0, 1, 0, 0], ratio: 1, zoom: 1 },
  });
  vi.unstubAllGlobals();
  return heights;
}

const square = (y: number) => [
  [10, y],
  [110, y],
  [110, y + 100],
  [10, y + 100],
];

test('the name of a region stands above it, and below its edge where the stage ends', () => {
  expect(heightsOf([100, 16, 12, 0, -4])).toEqual([92, 8, 20, 8, 8]);
});
