export type Size = { readonly width: number; readonly height: number };

/** Index of the pixel at a point, counted from the corner; -1 outside of the picture. */
export function pixelAt({ width, height }: Size, x: number, y: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
}
