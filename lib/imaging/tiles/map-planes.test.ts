import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { joinMaps, type MapPlanes, planesOf, splitPlanes } from './map-planes';
import { intersect, type TileRegion } from './plan-tiles';

const SLIDE = { width: 23, height: 17 };
const TILE = 8;

/** Every byte of a slide of maps differs from its neighbours. */
const valueAt = (x: number, y: number, channel: number) => (x * 31 + y * 7 + channel * 101) % 256;

function mapsOf({ x, y, width, height }: TileRegion, channels: 1 | 3, first = 0): Raster {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return valueAt(x + (pixel % width), y + Math.floor(pixel / width), first + (i % channels));
  });
  return { data, width, height, channels };
}

function tilesOf(hasMarker: boolean): MapPlanes[] {
  const tiles: MapPlanes[] = [];
  for (let y = 0; y < SLIDE.height; y += TILE)
    for (let x = 0; x < SLIDE.width; x += TILE) {
      const region = { x, y, width: Math.min(TILE, SLIDE.width - x), height: Math.min(TILE, SLIDE.height - y) };
      const data = new Uint8Array(planesOf(hasMarker) * region.width * region.height);
      splitPlanes(mapsOf(region, 3), hasMarker ? mapsOf(region, 1, 3) : null, data);
      tiles.push({ data, region });
    }
  return tiles;
}

describe('maps that were split into planes', () => {
  it.each([true, false])('are those of any region when they are joined (marker: %s)', (hasMarker) => {
    const tiles = tilesOf(hasMarker);
    for (const region of [
      { x: 0, y: 0, ...SLIDE },
      { x: 3, y: 5, width: 13, height: 9 },
      { x: 15, y: 16, width: 8, height: 1 },
    ]) {
      const { segmentation, marker } = joinMaps({ region, tiles, hasMarker, slide: SLIDE });
      expect(segmentation).toEqual({ ...mapsOf(region, 3), place: { ...SLIDE, x: region.x, y: region.y } });
      expect(marker).toEqual(hasMarker ? mapsOf(region, 1, 3) : null);
    }
  });

  it('are background where there is no tile', () => {
    const glass = { x: 8, y: 8, width: 8, height: 8 };
    const tiles = tilesOf(true).filter(({ region }) => intersect(region, glass) === null);
    const region = { x: 6, y: 7, width: 12, height: 6 };
    const { segmentation, marker } = joinMaps({ region, tiles, hasMarker: true, slide: SLIDE });
    const [whole, wholeMarker] = [mapsOf(region, 3), mapsOf(region, 1, 3)];
    for (let i = 0; i < region.width * region.height; i++) {
      const [x, y] = [region.x + (i % region.width), region.y + Math.floor(i / region.width)];
      const isGlass = x >= 8 && x < 16 && y >= 8 && y < 16;
      expect(segmentation.data[3 * i + 1], `${x}, ${y}`).toBe(isGlass ? 0 : whole.data[3 * i + 1]);
      expect(marker?.data[i]).toBe(isGlass ? 0 : wholeMarker.data[i]);
    }
  });
});
