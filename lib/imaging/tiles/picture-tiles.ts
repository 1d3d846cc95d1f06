import { type PictureWindow, placeOf } from '@/lib/imaging/raster';
import { intersect, type TileRegion } from './plan-tiles';

/** A decoded RGB tile of a picture, row by row, and what it covers, also past the picture's edges; without data it is damaged. */
export type PictureTile = { readonly data: Uint8Array | null; readonly region: TileRegion };

/** Copies what the tiles have of a part of the picture into it. Damaged ones are white. */
export function pasteTiles(part: PictureWindow, tiles: readonly PictureTile[]): void {
  const { x, y } = placeOf(part);
  const { width, height, data } = part;
  for (const tile of tiles) {
    const common = intersect(tile.region, { x, y, width, height });
    if (!common) continue;
    const line = 3 * common.width;
    for (let row = common.y; row < common.y + common.height; row++) {
      const to = 3 * ((row - y) * width + common.x - x);
      if (tile.data === null) data.fill(255, to, to + line);
      else {
        const from = 3 * ((row - tile.region.y) * tile.region.width + common.x - tile.region.x);
        data.set(tile.data.subarray(from, from + line), to);
      }
    }
  }
}
