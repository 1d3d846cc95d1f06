/** WCAG 2.2, 1.4.11: what is needed to understand a graphic. */
export const LEAST_CONTRAST = 3;
/** Share of the nuclei that must have it. */
export const LEAST_SHARE = 0.99;

export type Ring = [x: number, y: number][];
/** RGB, 8 bits. */
export type Picture = { data: Uint8Array; width: number; height: number };

/** Relative luminance of a pixel. */
function luminanceAt({ data, width }: Picture, x: number, y: number): number {
  const at = 3 * (y * width + x);
  const [r, g, b] = [0, 1, 2].map((channel) => {
    const share = (data[at + channel] ?? 0) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Where the image is on the canvas: canvas pixel = `scale` x image pixel + offset. */
export type Placement = { scale: number; x: number; y: number };

/** Points along a ring on the canvas, a pixel apart, each with its direction. */
function pointsAlong(ring: Ring, { scale, x, y }: Placement) {
  const corners = ring.map(([cx, cy]) => [x + scale * cx, y + scale * cy] as const);
  const points: { x: number; y: number; dx: number; dy: number }[] = [];
  // The direction is that of a longer piece of the outline: single edges run along pixels.
  const reach = Math.max(1, Math.round(2 / scale));
  for (let i = 0; i < corners.length - 1; i++) {
    const at = (k: number) => corners[(k + corners.length - 1) % (corners.length - 1)] as readonly [number, number];
    const [before, after] = [at(i - reach), at(i + reach)];
    const length = Math.hypot(after[0] - before[0], after[1] - before[1]) || 1;
    const [dx, dy] = [(after[0] - before[0]) / length, (after[1] - before[1]) / length];
    points.push({ x: at(i)[0], y: at(i)[1], dx, dy });
  }
  return points;
}

/** Distances from the middle of a line, in pixels, at which it or its casing is looked for. */
const ACROSS = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];

/**
 * The contrast of the line of a nucleus, or of its casing, the better of the two, to the mean of the picture 2 pixels to
 * either side: the median along its outline. null where the nucleus is not wholly in sight.
 */
export function contrastOf(ring: Ring, drawn: Picture, plain: Picture, placement: Placement): number | null {
  const contrasts: number[] = [];
  for (const { x, y, dx, dy } of pointsAlong(ring, placement)) {
    if (x < 4 || y < 4 || x > drawn.width - 5 || y > drawn.height - 5) return null;
    const across = (distance: number) => [Math.floor(x - dy * distance), Math.floor(y + dx * distance)] as const;
    const seen = ACROSS.map((distance) => luminanceAt(drawn, ...across(distance)));
    const ground = mean([-2, 2].map((distance) => luminanceAt(plain, ...across(distance))));
    contrasts.push(Math.max(contrast(Math.max(...seen), ground), contrast(Math.min(...seen), ground)));
  }
  return contrasts.sort((a, b) => a - b)[contrasts.length >> 1] ?? null;
}
