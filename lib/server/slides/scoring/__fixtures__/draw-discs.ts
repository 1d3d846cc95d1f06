import type { Picture } from '@/lib/server/slides/__fixtures__/draw-slide';

export type Disc = { x: number; y: number; radius: number; positive: boolean };

const GLASS = 242;
const BROWN = [110, 70, 30];
const BLUE = [60, 70, 170];

/** Discs as the fixture network finds them, on glass. */
export function drawDiscs(width: number, height: number, discs: readonly Disc[]): Picture {
  const pixels = Buffer.alloc(3 * width * height, GLASS);
  for (const { x, y, radius, positive } of discs)
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(height, y + radius); row++)
      for (let column = Math.max(0, Math.floor(x - radius)); column < Math.min(width, x + radius); column++)
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) < radius)
          pixels.set(positive ? BROWN : BLUE, 3 * (row * width + column));
  return { width, height, pixels };
}

/** Rows of discs that stand apart, from one place to another. */
export function rowOfDiscs(from: { x: number; y: number }, columns: number, rows: number, pitch = 12): Disc[] {
  return Array.from({ length: columns * rows }, (_, n) => ({
    x: from.x + pitch * (n % columns),
    y: from.y + pitch * Math.floor(n / columns),
    radius: 3.5 + (n % 3) / 2,
    positive: n % 4 === 0,
  }));
}
