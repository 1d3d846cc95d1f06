import type { PictureWindow, Raster } from '@/lib/imaging/raster';
import { intersect, type TileRegion } from './plan-tiles';

/**
 * Maps of a part of a slide, plane by plane as they are stored: red, green and blue of the segmentation, then the marker where the
 * model has one. Each plane is row-major.
 */
export type MapPlanes = { readonly data: Uint8Array; readonly region: TileRegion };

/** The maps of a region, tile by tile. Where there is no tile the slide is glass. */
export type MapPart = {
  readonly region: TileRegion;
  readonly tiles: readonly MapPlanes[];
  readonly hasMarker: boolean;
  /** Size of the slide. */
  readonly slide: { readonly width: number; readonly height: number };
};

export const planesOf = (hasMarker: boolean): number => (hasMarker ? 4 : 3);

/** Splits maps into planes. @param planes - as many bytes as `planesOf` times the pixels */
export function splitPlanes(segmentation: Raster, marker: Raster | null, planes: Uint8Array): void {
  const { data } = segmentation;
  const pixels = segmentation.width * segmentation.height;
  const [green, blue] = [pixels, 2 * pixels];
  for (let i = 0, c = 0; i < pixels; i++, c += 3) {
    planes[i] = data[c];
    planes[green + i] = data[c + 1];
    planes[blue + i] = data[c + 2];
  }
  if (marker) planes.set(marker.data, 3 * pixels);
}

/** Joins the maps of a region. Glass is background. */
export function joinMaps({ region, tiles, hasMarker, slide }: MapPart): {
  segmentation: PictureWindow;
  marker: Raster | null;
} {
  const { x, y, width, height } = region;
  const segmentation = new Uint8Array(3 * width * height);
  const marker = hasMarker ? new Uint8Array(width * height) : null;
  for (const tile of tiles) {
    const part = intersect(tile.region, region);
    if (part) pastePlanes(tile, part, region, segmentation, marker);
  }
  return {
    segmentation: { data: segmentation, width, height, channels: 3, place: { ...slide, x, y } },
    marker: marker && { data: marker, width, height, channels: 1 },
  };
}

/** Copies what a tile and a region have in common. */
function pastePlanes(
  { data, region: own }: MapPlanes,
  part: TileRegion,
  region: TileRegion,
  segmentation: Uint8Array,
  marker: Uint8Array | null,
): void {
  const pixels = own.width * own.height;
  const [green, blue] = [pixels, 2 * pixels];
  for (let row = part.y; row < part.y + part.height; row++) {
    const from = (row - own.y) * own.width + part.x - own.x;
    const to = (row - region.y) * region.width + part.x - region.x;
    for (let i = from, end = from + part.width, c = 3 * to; i < end; i++, c += 3) {
      segmentation[c] = data[i];
      segmentation[c + 1] = data[green + i];
      segmentation[c + 2] = data[blue + i];
    }
    if (marker) marker.set(data.subarray(3 * pixels + from, 3 * pixels + from + part.width), to);
  }
}
