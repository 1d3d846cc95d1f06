/** µm per pixel of the scan magnifications. */
export const RESOLUTIONS = { '10x': 1, '20x': 0.5, '40x': 0.25 } as const;
export type Resolution = keyof typeof RESOLUTIONS;

/** Accepted pixel sizes, in µm, from a request or a file. */
export const MICRONS_PER_PIXEL_RANGE = { min: 0.1, max: 2 } as const;

/** How unnamed channels of a file can be read: `rgb` = red, green and blue, in this order. */
export const CHANNELS = ['rgb'] as const;

/** Largest accepted number of an image, plane or level. The file decides which ones exist. */
export const SELECTION_MAX = 1_000_000;

/** Part of a slide: its corner and size in pixels of the full resolution. */
export type SlideRegion = { x: number; y: number; width: number; height: number };

const SIDE_MAX = 2 ** 31 - 1;

export function readRegion(text: string): SlideRegion | undefined {
  const match = /^(\d{1,10}),\s*(\d{1,10}),\s*(\d{1,10}),\s*(\d{1,10})$/.exec(text);
  if (!match) return undefined;
  const [x = 0, y = 0, width = 0, height = 0] = match.slice(1).map(Number);
  const isSane = width >= 1 && height >= 1 && x + width <= SIDE_MAX && y + height <= SIDE_MAX;
  return isSane ? { x, y, width, height } : undefined;
}
