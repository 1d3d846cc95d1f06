import type { Box } from '../_preview/live-protocol';

export const CORNERS = ['topRight', 'topLeft', 'bottomRight', 'bottomLeft'] as const;
export type Corner = (typeof CORNERS)[number];

/** Distance from the edges of the frame, with some room to spare; at the bottom left lies the scale bar. */
const MARGIN_PX = 16;
const SCALE_BAR_PX = 52;

/**
 * The first corner of a frame in which something covers none of these boxes, or the one where it covers the least.
 *
 * @param frame - and the boxes are in CSS pixels of the window
 */
export function freeCorner(
  frame: { left: number; top: number; right: number; bottom: number },
  size: { width: number; height: number },
  boxes: readonly Box[],
): Corner {
  const covered = (corner: Corner) => {
    const place = placeIn(frame, size, corner);
    return boxes.reduce((sum, box) => sum + overlap(place, box), 0);
  };
  return CORNERS.reduce((best, corner) => (covered(corner) < covered(best) ? corner : best));
}

function placeIn(
  { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number },
  { width, height }: { width: number; height: number },
  corner: Corner,
): Box {
  const isLeft = corner === 'topLeft' || corner === 'bottomLeft';
  const isTop = corner === 'topLeft' || corner === 'topRight';
  const x0 = isLeft ? left : right - width - MARGIN_PX;
  const below = corner === 'bottomLeft' ? SCALE_BAR_PX : MARGIN_PX;
  const y0 = isTop ? top : bottom - height - below;
  return { x0, y0, x1: x0 + width + MARGIN_PX, y1: y0 + height + below };
}

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)) * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
