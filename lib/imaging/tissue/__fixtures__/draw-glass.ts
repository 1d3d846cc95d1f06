import type { Mask, Raster } from '@/lib/imaging/raster';

type Colour = readonly [red: number, green: number, blue: number];
type Place = { x: number; y: number };

/** A drawn slide at low magnification, and where its tissue truly is. */
export class DrawnSlide {
  readonly picture: Raster;
  readonly truth: Mask;
  #state: number;

  constructor(width: number, height: number, glass: Colour = [243, 242, 244], seed = 1) {
    this.picture = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
    this.truth = { data: new Uint8Array(width * height), width, height };
    this.#state = seed;
    this.paint(() => true, glass, 1.5);
  }

  random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** Colours what `isInside` says, each channel up to `grain` levels off; as tissue, unless it is none. */
  paint(isInside: (x: number, y: number) => boolean, colour: Colour, grain: number, isTissue: boolean | null = null): this {
    const { data, width, height } = this.picture;
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        if (!isInside(x + 0.5, y + 0.5)) continue;
        const shade = grain * (2 * this.random() - 1);
        for (let c = 0; c < 3; c++)
          data[3 * i + c] = Math.max(0, Math.min(255, Math.round(colour[c] + shade + grain * 0.3 * (this.random() - 0.5))));
        if (isTissue !== null) this.truth.data[i] = isTissue ? 1 : 0;
      }
    return this;
  }

  tissue(isInside: (x: number, y: number) => boolean, colour: Colour, grain = 14): this {
    return this.paint(isInside, colour, grain, true);
  }

  /** Something on the glass, or a hole in the tissue. */
  other(isInside: (x: number, y: number) => boolean, colour: Colour, grain = 4): this {
    return this.paint(isInside, colour, grain, false);
  }
}

/** A round shape with a wavy border. */
export const blob =
  ({ x: cx, y: cy }: Place, radius: number, waves = 0) =>
  (x: number, y: number) =>
    Math.hypot(x - cx, y - cy) < radius * (1 + 0.15 * Math.sin(waves * Math.atan2(y - cy, x - cx)));

/** A stroke between two points. */
export const stroke = (a: Place, b: Place, width: number) => (x: number, y: number) => {
  const [ux, uy] = [b.x - a.x, b.y - a.y];
  const t = Math.max(0, Math.min(1, ((x - a.x) * ux + (y - a.y) * uy) / (ux * ux + uy * uy)));
  return Math.hypot(x - a.x - t * ux, y - a.y - t * uy) < width / 2;
};

/** Shared pixels by pixels of either. */
export function overlapOf(a: Mask, b: Mask): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] === 1 && b.data[i] === 1) both++;
    if (a.data[i] === 1 || b.data[i] === 1) either++;
  }
  return either === 0 ? 1 : both / either;
}
