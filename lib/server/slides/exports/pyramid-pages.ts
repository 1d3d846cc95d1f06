import 'server-only';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { OME_HEAD_BYTES, type OmeLevel } from '@/lib/exchange/ome-pyramid';
import type { Raster } from '@/lib/imaging/raster';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { halve } from '@/lib/imaging/tiles/pyramid';
import type { TileFile } from '@/lib/server/slides/pyramid/tile-file';

/** Of the tiles of an exported pyramid. */
const TILE_SIDE = 512;
/** Level 6 takes three times as long for a tenth fewer bytes. */
const DEFLATE_LEVEL = 2;
/** Rows that are halved at once, between rests; an even number. */
const BAND_ROWS = 256;

const compress = promisify(deflate);

/**
 * Writes the tiles of a picture and of its halvings, down to one tile. Others are answered meanwhile.
 *
 * @param isSplit - whether each channel becomes a page of its own
 * @returns the levels of each page
 */
export async function writePages(
  picture: Raster,
  isSplit: boolean,
  target: TileFile,
  signal: AbortSignal,
): Promise<OmeLevel[][]> {
  const channels = isSplit ? Array.from({ length: picture.channels }, (_, channel) => channel) : [null];
  const pages = channels.map((): OmeLevel[] => []);
  for (let level = picture; ; level = await halved(level)) {
    for (const [i, channel] of channels.entries()) pages[i]?.push(await writeLevel(level, channel, target, signal));
    if (level.width <= TILE_SIDE && level.height <= TILE_SIDE) return pages;
  }
}

async function writeLevel(
  picture: Raster,
  channel: number | null,
  target: TileFile,
  signal: AbortSignal,
): Promise<OmeLevel> {
  const { width, height } = picture;
  const tile = { width: sideOf(width), height: sideOf(height) };
  const offsets: number[] = [];
  const counts: number[] = [];
  for (let y = 0; y < height; y += tile.height) {
    signal.throwIfAborted();
    const columns = Array.from({ length: Math.ceil(width / tile.width) }, (_, i) => i * tile.width);
    const cut = (x: number) => cutTile(picture, channel, { x, y, ...tile });
    for (const bytes of await Promise.all(columns.map((x) => compress(cut(x), { level: DEFLATE_LEVEL })))) {
      offsets.push(OME_HEAD_BYTES + (await target.append(bytes)));
      counts.push(bytes.length);
    }
  }
  return { width, height, tile, offsets, counts };
}

/** Some readers refuse tiles that are much larger than their page. */
const sideOf = (length: number) => Math.min(TILE_SIDE, 16 * Math.ceil(length / 16));

/** A whole tile of one channel, or of all; black past the edges of the picture. */
function cutTile(picture: Raster, channel: number | null, region: TileRegion): Uint8Array {
  const { data, width, height, channels } = picture;
  const { x, y } = region;
  const [columns, rows] = [Math.min(region.width, width - x), Math.min(region.height, height - y)];
  const samples = channel === null ? channels : 1;
  const tile = new Uint8Array(region.width * region.height * samples);
  for (let row = 0; row < rows; row++) {
    const from = ((y + row) * width + x) * channels;
    const to = row * region.width * samples;
    if (channel === null) tile.set(data.subarray(from, from + columns * channels), to);
    else
      for (let column = 0; column < columns; column++)
        tile[to + column] = data[from + column * channels + channel] as number;
  }
  return tile;
}

async function halved({ data, width, height, channels }: Raster): Promise<Raster> {
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const means = new Uint8Array(halfWidth * halfHeight * channels);
  for (let y = 0; y < height; y += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, height - y);
    const band = data.subarray(y * width * channels, (y + rows) * width * channels);
    means.set(halve({ data: band, width, height: rows, channels }).data, (y / 2) * halfWidth * channels);
    await setImmediate();
  }
  return { data: means, width: halfWidth, height: halfHeight, channels };
}
