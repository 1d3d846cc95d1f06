import { describe, expect, it } from 'vitest';
import { drawScene, randomSource } from '../__fixtures__/draw-scene';
import { segmentNuclei } from './find-nuclei';

const split = (scene: ReturnType<typeof drawScene>, micronsPerPixel: number) =>
  segmentNuclei({ ...scene, marker: null }, { algorithm: 'watershed', probThresh: 97, micronsPerPixel });

describe('a pale centre', () => {
  /** A nucleus of 10 µm at 0.25 µm per pixel, in whose middle the network sees nothing for `holeUm2`. */
  function areaAround(holeUm2: number): number {
    const scene = drawScene(60, 60, [{ x: 30, y: 30, radiusX: 20, radiusY: 20, positive: false }]);
    const radius = Math.sqrt(holeUm2 / Math.PI) / 0.25;
    for (let y = 0; y < 60; y++)
      for (let x = 0; x < 60; x++)
        if (Math.hypot(x - 30, y - 30) < radius)
          scene.segmentation.data.fill(0, 3 * (y * 60 + x), 3 * (y * 60 + x) + 3);
    const { count, areaPx } = split(scene, 0.25);
    expect(count).toBe(1);
    return areaPx[0]! / 16;
  }

  // Rule: what a nucleus encloses is its own up to 20 µm², the pale centre of a vesicular nucleus; more is a gap in tissue.
  it.each([1, 3, 9, 14, 19])('of %d µm² belongs to its nucleus', (hole) => {
    expect(areaAround(hole)).toBe(areaAround(0));
  });

  it.each([22, 30])('of %d µm² does not', (hole) => {
    expect(areaAround(0) - areaAround(hole)).toBeGreaterThan(hole / 2);
  });
});

describe('a gap between nuclei', () => {
  // Rule: what several nuclei enclose together is tissue between them, however small.
  it('belongs to none of them', () => {
    const side = 130;
    const scene = drawScene(side, side, []);
    // Three discs of 14 µm that touch each other. The gap in their middle has some 4 µm².
    const centres = [0, 1, 2].map((n) => ({
      x: 65 + 31.5 * Math.sin((2 * Math.PI * n) / 3),
      y: 65 + 31.5 * Math.cos((2 * Math.PI * n) / 3),
    }));
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        if (centres.some((centre) => Math.hypot(x - centre.x, y - centre.y) < 28))
          scene.segmentation.data[3 * (y * side + x) + 2] = 255;
    const { count, labelMap } = split(scene, 0.25);
    expect(count).toBe(3);
    expect(new Set(labelMap.data)).toEqual(new Set([0, 1, 2, 3]));
    expect(labelMap.data[65 * side + 65]).toBe(0);
  });
});

describe('large pixels', () => {
  /** A hundred lobed nuclei of about 18 µm, far apart, that lie on the pixel grid as it happens. */
  function drawLobed(micronsPerPixel: number) {
    const random = randomSource(5);
    const side = Math.round(360 / micronsPerPixel);
    const scene = drawScene(side, side, []);
    for (let n = 0; n < 100; n++) {
      const [x, y] = [36 * (n % 10) + 16 + 4 * random(), 36 * Math.floor(n / 10) + 16 + 4 * random()];
      const [size, lobes, turn, other] = [8 + 2 * random(), 0.2 * random(), 6 * random(), 6 * random()];
      const from = (centre: number) => Math.max(0, Math.floor((centre - 16) / micronsPerPixel));
      const to = (centre: number) => Math.min(side, Math.ceil((centre + 16) / micronsPerPixel));
      for (let row = from(y); row < to(y); row++)
        for (let column = from(x); column < to(x); column++) {
          const [dx, dy] = [(column + 0.5) * micronsPerPixel - x, (row + 0.5) * micronsPerPixel - y];
          const angle = Math.atan2(dy, dx);
          const radius = size * (1 + lobes * Math.cos(2 * angle + turn) + 0.05 * Math.cos(3 * angle + other));
          if (Math.hypot(dx, dy) < radius) scene.segmentation.data[3 * (row * side + column) + 2] = 255;
        }
    }
    return scene;
  }

  // Rule: a bulge of the outline that is but a step of the pixel grid does not cut a nucleus in two.
  it.each([1.25, 1.75, 2.5])('do not cut a nucleus in two at %d µm per pixel', (micronsPerPixel) => {
    expect(split(drawLobed(micronsPerPixel), micronsPerPixel).count).toBe(100);
  });
});
