/**
 * From pixels of the slide to those of the canvas, as `CanvasRenderingContext2D.setTransform` takes it. `ratio` is canvas pixels
 * to a CSS pixel, `zoom` CSS pixels to a pixel of the slide.
 */
export type Placement = {
  readonly matrix: [a: number, b: number, c: number, d: number, e: number, f: number];
  readonly ratio: number;
  readonly zoom: number;
};
export type Painter = (context: CanvasRenderingContext2D, placement: Placement) => void;

type Point = readonly [x: number, y: number];

/** From pixels of the slide to those of the canvas. */
export const project =
  ({ matrix: [a, b, c, d, e, f] }: Pick<Placement, 'matrix'>) =>
  ([x, y]: Point): [x: number, y: number] => [a * x + c * y + e, b * x + d * y + f];

/** The box around what the canvas shows, in pixels of the slide. */
export function sightOf(
  { width, height }: { width: number; height: number },
  { matrix: [a, b, c, d, e, f] }: Pick<Placement, 'matrix'>,
): { x0: number; y0: number; x1: number; y1: number } {
  const determinant = a * d - b * c;
  const corners = [
    [0, 0],
    [width, 0],
    [0, height],
    [width, height],
  ] as const;
  const xs = corners.map(([x, y]) => (d * (x - e) - c * (y - f)) / determinant);
  const ys = corners.map(([x, y]) => (a * (y - f) - b * (x - e)) / determinant);
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}
