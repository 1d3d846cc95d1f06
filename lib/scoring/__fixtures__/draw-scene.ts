import type { Raster } from '@/lib/imaging/raster';

/** A drawn nucleus: an ellipse; lengths in px. */
export type DrawnNucleus = {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly positive: boolean;
};

export type Scene = { readonly image: Raster; readonly segmentation: Raster; readonly marker: Raster };

/** Seeded noise in [0, 1). @see Marsaglia 2003, doi:10.18637/jss.v008.i14 (xorshift) */
export function randomSource(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * Paints nuclei as a perfect network would infer them: a red or blue interior, and a green band along the outline, of
 * `bandPx` inside and half of that outside. Edges are soft over a pixel. Where nuclei overlap, the nearer one wins.
 */
export function drawScene(width: number, height: number, nuclei: readonly DrawnNucleus[], bandPx = 2): Scene {
  const pixels = width * height;
  const depth = new Float32Array(pixels).fill(Number.NEGATIVE_INFINITY);
  const owner = new Int32Array(pixels).fill(-1);
  const rival = new Float32Array(pixels).fill(Number.NEGATIVE_INFINITY);
  nuclei.forEach((nucleus, n) => {
    const reach = Math.max(nucleus.radiusX, nucleus.radiusY) + bandPx + 2;
    for (let y = Math.max(0, Math.ceil(nucleus.y - reach)); y < Math.min(height, nucleus.y + reach); y++)
      for (let x = Math.max(0, Math.ceil(nucleus.x - reach)); x < Math.min(width, nucleus.x + reach); x++) {
        const i = y * width + x;
        const d = depthInside(nucleus, x, y);
        if (d > depth[i]) {
          rival[i] = depth[i];
          depth[i] = d;
          owner[i] = n;
        } else if (d > rival[i]) rival[i] = d;
      }
  });
  const image = new Uint8Array(3 * pixels).fill(235);
  const segmentation = new Uint8Array(3 * pixels);
  const marker = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    if (owner[i] < 0) continue;
    const { positive } = nuclei[owner[i]];
    // Depth below the outline, or half the difference to the depth in another nucleus.
    const inner = Math.min(depth[i], (depth[i] - rival[i]) / 2);
    const interior = soft(inner - bandPx);
    const nucleus = soft(depth[i] + bandPx / 2);
    segmentation[3 * i + (positive ? 0 : 2)] = 255 * interior;
    segmentation[3 * i + 1] = 255 * Math.max(0, nucleus - interior);
    if (depth[i] > 0) {
      image.set(positive ? [120, 80, 50] : [110, 120, 180], 3 * i);
      if (positive) marker[i] = 200;
    }
  }
  return {
    image: { data: image, width, height, channels: 3 },
    segmentation: { data: segmentation, width, height, channels: 3 },
    marker: { data: marker, width, height, channels: 1 },
  };
}

/** Nuclei on a jittered grid; every fourth one is moved so that it touches its neighbour. */
export function scatterNuclei(width: number, height: number, count: number, seed: number): DrawnNucleus[] {
  const random = randomSource(seed);
  const pitch = Math.sqrt((width * height) / count);
  const columns = Math.floor(width / pitch);
  return Array.from({ length: count }, (_, n) => {
    const crowd = n % 4 === 0 ? 0.3 * pitch : 0;
    return {
      x: ((n % columns) + 0.5) * pitch + crowd + (random() - 0.5) * 0.1 * pitch,
      y: (Math.floor(n / columns) + 0.5) * pitch + (random() - 0.5) * 0.1 * pitch,
      radiusX: pitch * (0.33 + 0.1 * random()),
      radiusY: pitch * (0.33 + 0.1 * random()),
      positive: random() < 0.3,
    };
  });
}

/** Distance to the outline, positive inside; exact on the axes, close elsewhere. */
function depthInside({ x, y, radiusX, radiusY }: DrawnNucleus, px: number, py: number): number {
  const u = (px - x) / radiusX;
  const v = (py - y) / radiusY;
  return (1 - Math.hypot(u, v)) * Math.min(radiusX, radiusY);
}

/** 0 below, 1 above, softened over a pixel. */
const soft = (value: number): number => Math.min(1, Math.max(0, value + 0.5));
