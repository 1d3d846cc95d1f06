/** Screen pixels of this size show what an objective of this magnification does: 10x is 1 µm. */
const MICRONS_AT_10X = 10;
export const MAGNIFICATIONS = [5, 10, 20, 40] as const;

/** Screen pixels per pixel at a magnification. */
export const zoomAt = (magnification: number, micronsPerPixel: number): number =>
  (magnification * micronsPerPixel) / MICRONS_AT_10X;

/** The magnification of a zoom, in words: "20x", "2.5x". */
export function magnificationText(zoom: number, micronsPerPixel: number): string {
  const magnification = (zoom * MICRONS_AT_10X) / micronsPerPixel;
  return `${Number(magnification.toPrecision(magnification < 10 ? 2 : 3))}x`;
}

/** µm per pixel of the full resolution: as stated, or by the objective; null where neither is known. */
export const pixelSizeOf = (slide: { microns_per_pixel: number | null; magnification: number | null }): number | null =>
  slide.microns_per_pixel ?? (slide.magnification === null ? null : MICRONS_AT_10X / slide.magnification);
