/** How nuclei are outlined, on the page of a result and on that of a slide. */
export type OutlineLooks = {
  /** Line width of positive nuclei in screen pixels. Negative nuclei have a thinner line. */
  thickness: number;
  /** `#rrggbb` */
  positiveColour: string;
  negativeColour: string;
};

/**
 * Pairs of colours that people with any form of colour blindness tell apart. All are light, so that together with their
 * dark casing they stand out from pale and dark tissue and from black.
 */
export const OUTLINE_COLOURS = [
  { name: 'orange', colours: { positiveColour: '#ff9f1c', negativeColour: '#8fd3ff' } },
  { name: 'yellow', colours: { positiveColour: '#ffe14d', negativeColour: '#c9b3ff' } },
  { name: 'amber', colours: { positiveColour: '#ffb020', negativeColour: '#ffffff' } },
] as const;

export const INITIAL_LOOKS: OutlineLooks = { thickness: 2.5, ...OUTLINE_COLOURS[0].colours };

/** What is drawn alike: one path, since a stroke for each nucleus takes ten times as long. */
export type OutlinePaths = { path: Path2D; isPositive: boolean; alpha: number };

export type OutlinePen = Pick<CanvasRenderingContext2D, 'fill' | 'stroke' | 'setLineDash'> & {
  lineWidth: number;
  strokeStyle: unknown;
  fillStyle: unknown;
  lineJoin: unknown;
  globalAlpha: number;
};

/** Points closer than this on the screen are left out of an outline. */
export const FINEST_STEP_PX = 1.5;
/** Width of the casing on each side of a line, in screen pixels, and at least a third of the line. */
export const CASING_PX = 1;
/** With fewer screen pixels per image pixel, lines are thinner than asked for, or they would hide the nuclei. */
const FULL_THICKNESS_ZOOM = 0.8;
const THINNEST_SHARE = 0.35;
/** Where nuclei are smaller on the screen, dashes would look like noise. */
const LEAST_DASHED_ZOOM = 0.6;
/** Opacity of the colour inside of positive nuclei: it tells them apart where lines are too thin for dashes. */
const ALPHA_FILL = 0.2;
/** Gap between dashes, in dashes. On black only the dashes are seen, so they are most of the line. */
const DASH_GAP = 0.35;

/**
 * Strokes outlines whose paths are in pixels of the image, to which the pen is set.
 *
 * Positive nuclei have solid thick lines and a faint fill, negative ones dashed thin lines and none, so that colour is not
 * the only difference. A casing, dark for light lines and light for dark ones, keeps every line apart from what is below it.
 *
 * @param zoom - CSS pixels to a pixel of the image
 */
export function strokeOutlines(
  pen: OutlinePen,
  all: readonly OutlinePaths[],
  { thickness, positiveColour, negativeColour }: OutlineLooks,
  zoom: number,
): void {
  const share = Math.min(1, Math.max(THINNEST_SHARE, zoom / FULL_THICKNESS_ZOOM));
  const widthOf = (isPositive: boolean) => Math.max(0.8, (isPositive ? thickness : thickness * 0.6) * share);
  const colourOf = (isPositive: boolean) => (isPositive ? positiveColour : negativeColour);
  const dash = (2 * thickness) / zoom;
  pen.lineJoin = 'round';
  // All casings first: none may cover the line of a neighbour.
  for (const { path, isPositive, alpha } of all) {
    const line = widthOf(isPositive);
    pen.globalAlpha = alpha;
    pen.strokeStyle = casingOf(colourOf(isPositive));
    pen.lineWidth = (line + 2 * Math.max(CASING_PX, line / 3)) / zoom;
    pen.stroke(path);
  }
  for (const { path, isPositive, alpha } of all) {
    if (isPositive) {
      pen.globalAlpha = alpha * ALPHA_FILL;
      pen.fillStyle = positiveColour;
      pen.fill(path);
    }
    pen.globalAlpha = alpha;
    pen.strokeStyle = colourOf(isPositive);
    pen.lineWidth = widthOf(isPositive) / zoom;
    pen.setLineDash(!isPositive && zoom > LEAST_DASHED_ZOOM ? [dash, dash * DASH_GAP] : []);
    pen.stroke(path);
    pen.setLineDash([]);
  }
}

/** Where black and white have the same contrast. */
const LIGHTEST_DARK = 0.18;

/** Black for a light colour, white for a dark one. One of line and casing then has a contrast of 3 to any background. */
export const casingOf = (colour: string): string => (relativeLuminance(colour) > LIGHTEST_DARK ? '#000000' : '#ffffff');

/** @param colour - `#rrggbb`. @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function relativeLuminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
