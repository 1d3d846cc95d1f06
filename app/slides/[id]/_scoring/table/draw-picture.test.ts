import { expect, it } from 'vitest';
import { INITIAL_LOOKS } from '@/app/_viewer/stroke-outlines';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { scatterNuclei } from '@/lib/scoring/slide/__fixtures__/draw-nuclei';
import { SlideTable } from '@/lib/scoring/slide/score-slide';
import { drawHeat, drawPoints, eachInSight } from './draw-picture';

const slide = { width: 8000, height: 6000, micronsPerPixel: 0.5 };
const table = new SlideTable(scatterNuclei(5000, slide.width, slide.height), slide, []);
const graded = table.grade({
  thresholds: { sizeThresh: 300, sizeThreshUpper: null, markerThresh: null },
  intensity: INTENSITY_THRESHOLDS,
});

it('visits all nuclei in sight, each once, and few others', () => {
  const { centroidX, centroidY, count } = table.nuclei;
  for (const sight of [
    { x: 0, y: 0, width: 8000, height: 6000 },
    { x: 3100, y: 2200, width: 700, height: 400 },
    { x: -500, y: -500, width: 400, height: 300 },
    { x: 7900, y: 5900, width: 4000, height: 4000 },
  ]) {
    const visited: number[] = [];
    eachInSight(table.grid, sight, (k) => visited.push(k));
    expect(new Set(visited).size).toBe(visited.length);
    const all = new Set(visited);
    for (let k = 0; k < count; k++) {
      const [x, y] = [(centroidX[k] ?? 0) - sight.x, (centroidY[k] ?? 0) - sight.y];
      if (x >= 0 && y >= 0 && x <= sight.width && y <= sight.height) expect(all.has(k)).toBe(true);
    }
    if (sight.width < 1000) expect(visited.length).toBeLessThan(count / 4);
  }
});

it('draws every kept nucleus as a point, the positive ones on top, and no other', () => {
  const scale = 0.25;
  const [width, height] = [slide.width * scale, slide.height * scale];
  const data = new Uint8ClampedArray(4 * width * height);
  const wanted = {
    as: 'points',
    x: 0,
    y: 0,
    width: slide.width,
    height: slide.height,
    scale,
    ratio: 1,
    areKindsShown: false,
  } as const;
  drawPoints({ table, graded }, wanted, INITIAL_LOOKS, { data, width, height });
  const { kept, positive } = graded.gated;
  const { centroidX, centroidY } = table.nuclei;
  let drawn = 0;
  for (let k = 0; k < table.nuclei.count; k++) {
    if (kept[k] !== 1) continue;
    const [x, y] = [centroidX, centroidY].map((at) => Math.floor(((at[k] ?? 0) + 0.5) * scale - 0.01)) as [
      number,
      number,
    ];
    const at = 4 * (Math.min(height - 1, y) * width + Math.min(width - 1, x));
    expect(data[at + 3]).toBe(255);
    if (positive[k] === 1) expect([...data.slice(at, at + 3)]).toEqual([0xff, 0x9f, 0x1c]);
    drawn++;
  }
  expect(drawn).toBeGreaterThan(3000);
  const painted = data.filter((value, i) => i % 4 === 3 && value === 255).length;
  expect(painted).toBeLessThan(25 * drawn);
});

it('a heat map counts the kept nuclei, in squares that are wide enough to be seen', () => {
  const near = drawHeat({ table, graded }, 'density', 4);
  const far = drawHeat({ table, graded }, 'density', 40);
  const total = ({ map }: typeof near) => map.total.reduce((sum, n) => sum + n, 0);
  expect(total(near)).toBe(graded.gated.kept.reduce((sum, n) => sum + n, 0));
  expect(total(far)).toBe(total(near));
  expect(far.map.side).toBeGreaterThanOrEqual(12 * 40);
  expect(near.map.side).toBeLessThan(far.map.side);
  expect(near.pixels).toHaveLength(4 * near.map.columns * near.map.rows);
});
