/** A place in a slide: the pixel of the full resolution in the middle, and screen pixels per pixel. */
export type Place = { x: number; y: number; zoom: number };

const ZOOM_DIGITS = 4;
/** Screen pixels of this size show what an objective of this magnification does: 10x is 1 µm. */
const MICRONS_AT_10X = 10;
export const MAGNIFICATIONS = [5, 10, 20, 40] as const;

/** The place that an address asks for: `?x=12000&y=8000&zoom=0.5`; null where it asks for none. */
export function readPlace(search: string): Place | null {
  const query = new URLSearchParams(search);
  const [x, y, zoom] = ['x', 'y', 'zoom'].map((name) => Number(query.get(name) ?? Number.NaN));
  const isPlace = [x, y, zoom].every(Number.isFinite) && (zoom as number) > 0;
  return isPlace ? ({ x, y, zoom } as Place) : null;
}

export const writePlace = ({ x, y, zoom }: Place): string =>
  `?x=${Math.round(x)}&y=${Math.round(y)}&zoom=${Number(zoom.toPrecision(ZOOM_DIGITS))}`;

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
