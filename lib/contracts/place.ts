/** A place in a picture: the pixel in the middle of the view, and screen pixels per pixel. */
export type Place = { x: number; y: number; zoom: number };

const ZOOM_DIGITS = 4;

/** The place that an address asks for: `?x=12000&y=8000&zoom=0.5`; null where it asks for none. */
export function readPlace(search: string): Place | null {
  const query = new URLSearchParams(search);
  const [x, y, zoom] = ['x', 'y', 'zoom'].map((name) => Number(query.get(name) ?? Number.NaN));
  const isPlace = [x, y, zoom].every(Number.isFinite) && (zoom as number) > 0;
  return isPlace ? ({ x, y, zoom } as Place) : null;
}

export const writePlace = ({ x, y, zoom }: Place): string =>
  `?x=${Math.round(x)}&y=${Math.round(y)}&zoom=${Number(zoom.toPrecision(ZOOM_DIGITS))}`;
