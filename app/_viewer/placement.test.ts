import { expect, test } from 'vitest';
import { type Placement, project, sightOf } from './placement';

const canvas = { width: 400, height: 200 };

test.each<[string, Placement['matrix'], number[]]>([
  ['as it is', [2, 0, 0, 2, -20, -40], [10, 20, 210, 120]],
  ['turned by 90 degrees', [0, 2, -2, 0, 400, 0], [0, 0, 100, 200]],
])('what is in sight lies at the corners of the canvas: %s', (_, matrix, [x0, y0, x1, y1]) => {
  const sight = sightOf(canvas, { matrix });
  expect([sight.x0, sight.y0, sight.x1, sight.y1].map((at) => at + 0)).toEqual([x0, y0, x1, y1]);
  const drawn = [project({ matrix })([sight.x0, sight.y0]), project({ matrix })([sight.x1, sight.y1])];
  expect([...new Set(drawn.map(([x]) => x))].sort((a, b) => a - b)).toEqual([0, 400]);
  expect([...new Set(drawn.map(([, y]) => y))].sort((a, b) => a - b)).toEqual([0, 200]);
});
