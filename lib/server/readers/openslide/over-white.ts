import 'server-only';
import type { Raster } from '@/lib/imaging/raster';

/**
 * Lays pixels over white, the colour of glass, and puts them into a picture. What was not scanned is transparent.
 *
 * @param pixels - blue, green, red, alpha, premultiplied by alpha
 */
export function overWhite(
  pixels: Uint8Array,
  { width, height }: { width: number; height: number },
  target: Raster,
  { left, top }: { left: number; top: number },
): void {
  const { data } = target;
  for (let row = 0; row < height; row++) {
    let to = ((top + row) * target.width + left) * 3;
    for (let from = row * width * 4; from < (row + 1) * width * 4; from += 4) {
      const white = 255 - (pixels[from + 3] as number);
      data[to++] = Math.min(255, (pixels[from + 2] as number) + white);
      data[to++] = Math.min(255, (pixels[from + 1] as number) + white);
      data[to++] = Math.min(255, (pixels[from] as number) + white);
    }
  }
}
