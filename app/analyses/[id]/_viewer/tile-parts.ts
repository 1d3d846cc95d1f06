import type { TilePart } from '@/lib/imaging/tiles/compose-tile';

export const TILE_PX = 512;
/** Pixels that neighbouring tiles share, so that no seam is visible. */
export const OVERLAP_PX = 1;

/** The length of a side after `times` halvings, each rounded up. */
export const halveSize = (side: number, times: number): number => Math.ceil(side / 2 ** times);

/** The part of a level that tile x, y shows. */
export function partOf(levelWidth: number, levelHeight: number, x: number, y: number): TilePart {
  const left = Math.max(0, x * TILE_PX - OVERLAP_PX);
  const top = Math.max(0, y * TILE_PX - OVERLAP_PX);
  return {
    x: left,
    y: top,
    width: Math.min(levelWidth, (x + 1) * TILE_PX + OVERLAP_PX) - left,
    height: Math.min(levelHeight, (y + 1) * TILE_PX + OVERLAP_PX) - top,
  };
}
