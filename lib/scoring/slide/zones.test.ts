import { expect, it } from 'vitest';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { mainZone, wholeSlide } from './zones';

const box = (x0: number, y0: number, x1: number, y1: number): Polygon => [
  [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ],
];

it('counts in the tumour, or where none is drawn in the tissue, less what is left out', () => {
  const slide = { width: 300, height: 200 };
  const of = (name: string, at: number) => ({ class: name, polygons: [box(at, 0, at + 10, 10)] });
  const [tumour, tissue, stroma] = [of('tumour', 0), of('tissue', 20), of('stroma', 40)];
  const [ignored, dead] = [of('ignore', 60), of('necrosis', 80)];
  expect(mainZone([stroma], slide)).toEqual({ include: [wholeSlide(slide)], within: [], exclude: [] });
  expect(mainZone([tissue, ignored], slide)).toMatchObject({ include: tissue.polygons, exclude: ignored.polygons });
  expect(mainZone([tissue, tumour, stroma, dead, ignored], slide)).toMatchObject({
    include: tumour.polygons,
    exclude: [...dead.polygons, ...ignored.polygons],
  });
});
