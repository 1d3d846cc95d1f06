import OpenSeadragon from 'openseadragon';
import type { TileLevel, TileSource } from '@/lib/pyramid/tile-source';

let versions = 0;
const HATCH_PX = 12;

/** The tiles of a kept slide for OpenSeadragon, whose levels count from the smallest. */
export function createPyramidSource(tiles: TileSource): OpenSeadragon.TileSource {
  const { levels } = tiles;
  const top = levels.length - 1;
  const at = (level: number) => levels[top - level] as TileLevel;
  const { width, height, tile } = at(top);
  const source = new OpenSeadragon.TileSource({
    ...{ width, height, tileOverlap: 0, minLevel: 0, maxLevel: top },
    ...{ tileWidth: tile.width, tileHeight: tile.height },
  } as OpenSeadragon.TileSourceOptions);
  const version = versions++;
  // These addresses are only keys in OpenSeadragon's cache; no request uses them.
  source.getTileUrl = (level, x, y) => `restain:slide/${version}/${level}/${x}/${y}`;
  source.getTileHashKey = (level, x, y) => `restain:slide/${version}/${level}/${x}/${y}`;
  source.hasTransparency = () => false;
  source.getLevelScale = (level) => 1 / at(level).downsample;
  source.getTileWidth = (level) => at(level).tile.width;
  source.getTileHeight = (level) => at(level).tile.height;
  source.getNumTiles = (level) => new OpenSeadragon.Point(at(level).columns, at(level).rows);
  const downloads = new WeakMap<object, AbortController>();
  source.downloadTileStart = (job) => {
    const [level = 0, x = 0, y = 0] = job.src.split('/').slice(-3).map(Number);
    const abort = new AbortController();
    downloads.set(job, abort);
    drawTile(tiles, top - level, x, y, abort.signal).then(
      (context) => job.finish(context, null as never, 'context2d'),
      (error: Error) => job.fail(error.message, null as never),
    );
  };
  source.downloadTileAbort = (job) => downloads.get(job)?.abort();
  return source;
}

/** A tile without what it has past the edges of its level. A damaged one is hatched. */
async function drawTile(tiles: TileSource, level: number, column: number, row: number, signal: AbortSignal) {
  const { width, height, tile } = tiles.levels[level] as TileLevel;
  const jpeg = await tiles.tile(level, column, row, signal);
  const canvas = document.createElement('canvas');
  canvas.width = Math.min(tile.width, width - column * tile.width);
  canvas.height = Math.min(tile.height, height - row * tile.height);
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  const bitmap = jpeg && (await decode(jpeg));
  if (bitmap) {
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
  } else hatch(context);
  return context;
}

/** null for a tile that cannot be decoded: its bytes are stored so, and another try would not help. */
const decode = (jpeg: ArrayBuffer): Promise<ImageBitmap | null> =>
  createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' })).catch(() => null);

function hatch(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.strokeStyle = '#b00020';
  context.beginPath();
  for (let x = -height; x < width; x += HATCH_PX) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
}
