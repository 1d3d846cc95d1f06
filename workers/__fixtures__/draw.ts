import { type Raster, sharedRaster } from '@/lib/imaging/raster';

export type Disc = { x: number; y: number; radius: number; positive: boolean };

const BROWN = [110, 70, 30];
const BLUE = [60, 70, 170];

/**
 * Discs as the fixture network finds them, drawn on glass; scattered by a seeded generator and kept apart.
 *
 * @param width - of the scene, in pixels of 0.25 µm
 * @param zoom - pixels of the picture per pixel of the scene: the same scene at another resolution
 */
export function drawDiscs(width: number, height: number, count: number, seed = 1, zoom = 1): { image: Raster; discs: Disc[] } {
  const random = mulberry32(seed);
  const discs: Disc[] = [];
  for (let tries = 0; discs.length < count && tries < count * 100; tries++) {
    const radius = 8 + 5 * random();
    // Whole discs only: a disc that an edge cuts may be too small to count.
    const within = (length: number) => radius + (length - 2 * radius) * random();
    const disc = { x: within(width), y: within(height), radius, positive: random() < 0.4 };
    if (discs.every((d) => Math.hypot(d.x - disc.x, d.y - disc.y) > d.radius + radius + 6)) discs.push(disc);
  }
  const image = sharedRaster(Math.round(width * zoom), Math.round(height * zoom), 3);
  image.data.fill(242);
  for (let row = 0; row < image.height; row++)
    for (let column = 0; column < image.width; column++) {
      const [x, y] = [(column + 0.5) / zoom, (row + 0.5) / zoom];
      const disc = discs.find((d) => Math.hypot(x - d.x, y - d.y) < d.radius);
      if (disc) image.data.set(disc.positive ? BROWN : BLUE, (row * image.width + column) * 3);
    }
  return { image, discs };
}

/** A small seeded generator of numbers in [0, 1): the same picture in every run. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
