import OpenSeadragon from 'openseadragon';
import { countHalvings } from '@/lib/imaging/tiles/pyramid';
import type { PictureClient } from '../_pictures/picture-client';
import type { Inferred } from '../_pictures/view-settings';
import { halveSize, OVERLAP_PX, partOf, TILE_PX } from './tile-parts';

let versions = 0;

/** A picture of the picture worker as tiles for OpenSeadragon. */
export function createTileSource(
  client: PictureClient,
  { width, height }: { width: number; height: number },
  shown: 'original' | Inferred,
): OpenSeadragon.TileSource {
  const halvings = countHalvings(width, height);
  const source = new OpenSeadragon.TileSource({
    width,
    height,
    tileSize: TILE_PX,
    tileOverlap: OVERLAP_PX,
    minLevel: 0,
    maxLevel: halvings,
  });
  const version = versions++;
  // These addresses are only keys in OpenSeadragon's cache; no request uses them.
  source.getTileUrl = (level, x, y) => `restain:${version}/${level}/${x}/${y}`;
  source.getTileHashKey = (level, x, y) => `restain:${version}/${level}/${x}/${y}`;
  source.hasTransparency = () => false;
  source.downloadTileStart = (job) => {
    const [level = 0, x = 0, y = 0] = job.src.split('/').slice(-3).map(Number);
    const part = partOf(halveSize(width, halvings - level), halveSize(height, halvings - level), x, y);
    client.tile({ halvings: halvings - level, part, shown }).then(
      (bitmap) => job.finish(toContext(bitmap), null as never, 'context2d'),
      (error: Error) => job.fail(error.message, null as never),
    );
  };
  source.downloadTileAbort = () => undefined;
  return source;
}

function toContext(bitmap: ImageBitmap): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}
