import 'server-only';
import { type PictureWindow, type Raster, sharedRaster } from '@/lib/imaging/raster';
import { joinMaps } from '@/lib/imaging/tiles/map-planes';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { ownedBy, tileOfGrid, tilesIn } from '@/lib/imaging/tiles/slide-grid';
import { pixelsOfViews } from '@/lib/inference/views';
import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { modelForPictures, startEngine } from '@/lib/server/inference/engine';
import { inferTile } from '@/workers/protocol';
import { runFairly } from './fair-pool';
import { settleAll } from './settle-all';
import type { SlideFacts } from './slide-facts';
import { bytesOf, hasMarker, readStoredMaps } from './slide-maps';
import type { DamagedTile, SlidePixels } from './slide-pixels';
import { placeName, type SlidePlan } from './slide-plan';

/** Tiles in work at once, besides those in the pool: others are decoded meanwhile. */
const TILES_AHEAD = 1;

export type ModalityWork = {
  plan: SlidePlan;
  pixels: SlidePixels;
  facts: SlideFacts;
  /** Where the maps of scorings lie in the storage. */
  folder: string;
  /** Whose turn it is in the pool. */
  client: string;
  threads: number;
  signal: AbortSignal;
};

/**
 * Infers all modalities of a region, on the tiles, with the white balance and the staining by which the slide is scored. Where a
 * scoring has kept its maps, segmentation and marker are these, and nothing of what is inferred is kept.
 *
 * @returns pictures of the region, in shared memory, in the order of `MODALITY_TABLE`; and how many tiles of the slide are damaged
 *   there, which are white for the network
 */
export async function inferModalities(
  work: ModalityWork,
  region: TileRegion,
): Promise<{ pictures: ReadonlyMap<Modality, Raster>; damagedTiles: number }> {
  const { plan, threads } = work;
  const wanted = modalitiesOf(plan);
  const pictures = new Map(
    wanted.map((name) => [name, sharedRaster(region.width, region.height, MODALITY_TABLE[name].channels)]),
  );
  const tiles = tilesOf(plan, region);
  const damaged = new Set<string>();
  let hasFailed = false;
  const lane = async () => {
    for (const { column, row } of tiles) {
      // A failed tile ends the work; other lanes take no further one.
      if (hasFailed) return;
      work.signal.throwIfAborted();
      try {
        const owned = ownedBy(plan.grid, column, row);
        const inferred = await inferOne(work, column, row);
        for (const tile of inferred.damaged) if (intersect(tile.region, region)) damaged.add(placeName(tile));
        for (const [name, picture] of inferred.pictures) copyPart(picture, owned, pictures.get(name) as Raster, region);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await settleAll(Array.from({ length: threads + TILES_AHEAD }, lane));
  return { pictures, damagedTiles: damaged.size };
}

const modalitiesOf = ({ model }: SlidePlan): Modality[] =>
  (Object.keys(MODALITY_TABLE) as Modality[]).filter((name) =>
    model.manifest.outputs.some(({ modality }) => modality === name),
  );

/** Row by row, so that the pixels that neighbours share are decoded once. */
function* tilesOf({ grid }: SlidePlan, region: TileRegion): Generator<{ column: number; row: number }> {
  const { columns, rows } = tilesIn(grid, region);
  for (let row = rows.from; row < rows.to; row++)
    for (let column = columns.from; column < columns.to; column++) yield { column, row };
}

async function inferOne(
  work: ModalityWork,
  column: number,
  row: number,
): Promise<{ pictures: ReadonlyMap<Modality, Raster>; damaged: readonly DamagedTile[] }> {
  const { plan, pixels, facts, folder, client, signal } = work;
  const { grid, slide } = plan;
  // Scored may be on another class of provider, which this machine need not have (`SCORING_PROVIDER`).
  const model = modelForPictures((await startEngine()).modelRef(plan.model.manifest.name), plan.micronsPerPixel);
  const tile = tileOfGrid(grid, column, row);
  const { x, y, width, height } = tile.writeRegion;
  const pictures = new Map<Modality, Raster>();
  const outputs: Partial<Record<Modality, PictureWindow>> = {};
  const data = new Uint8Array(new SharedArrayBuffer(bytesOf(plan, tile.writeRegion)));
  const isGlass = facts.isGlass(column, row);
  if (!isGlass && (await readStoredMaps({ folder, client, signal }, { column, row }, data))) {
    const { segmentation, marker } = joinMaps({
      ...{ region: tile.writeRegion, tiles: [{ data, region: tile.writeRegion }] },
      ...{ hasMarker: hasMarker(plan), slide },
    });
    pictures.set('segmentation', segmentation);
    if (marker) pictures.set('marker', marker);
  }
  for (const name of modalitiesOf(plan)) {
    // As scorings have it: where there is glass, there is nothing.
    const isBackground = isGlass && (name === 'segmentation' || name === 'marker');
    if (pictures.has(name) || isBackground) continue;
    const picture = sharedRaster(width, height, MODALITY_TABLE[name].channels);
    outputs[name] = { ...picture, place: { ...slide, x, y } };
    pictures.set(name, picture);
  }
  const { picture, damaged } = await pixels.read(pixelsOfViews(tile, slide, model.manifest));
  const { gains, staining } = facts;
  const payload = { model, image: picture, tile, outputs, facts: { gains, staining }, skipGlass: true };
  if (Object.keys(outputs).length > 0) await runFairly(client, inferTile, payload, signal);
  return { pictures, damaged };
}

/** Copies what two regions have in common. */
function copyPart(from: Raster, fromRegion: TileRegion, to: Raster, toRegion: TileRegion): void {
  const part = intersect(fromRegion, toRegion);
  if (!part) return;
  const { channels } = from;
  for (let row = part.y; row < part.y + part.height; row++) {
    const at = ((row - fromRegion.y) * fromRegion.width + part.x - fromRegion.x) * channels;
    const line = from.data.subarray(at, at + part.width * channels);
    to.data.set(line, ((row - toRegion.y) * toRegion.width + part.x - toRegion.x) * channels);
  }
}
