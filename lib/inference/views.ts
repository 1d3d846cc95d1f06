import { balance } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import { type TilePlan, viewAt } from '@/lib/imaging/tiles/plan-tiles';
import { readTile } from '@/lib/imaging/tiles/stitch';
import type { Modality } from '@/lib/models/modalities';
import type { PictureFacts } from './picture-facts';
import type { Session } from './session';

/** What the network made of one view of a tile. */
export type View = { tile: TilePlan; pictures: Map<Modality, Raster> };

/**
 * Runs a tile at every scale that the manifest names. The first view gives every modality, the others the segmentation
 * alone, and only where that is wanted.
 *
 * @param pixels - the tile as the first view sees it, balanced
 * @returns at least one view; all own the same region of the image
 */
export async function inferViews(
  session: Session,
  image: Raster,
  tile: TilePlan,
  pixels: Raster,
  modalities: readonly Modality[],
  facts: PictureFacts,
): Promise<View[]> {
  const { views, tile: options } = session.manifest;
  const seen: View[] = [{ tile, pictures: await session.run(pixels, modalities, facts.staining) }];
  const coarser = modalities.includes('segmentation') ? views.slice(1) : [];
  for (const scale of coarser) {
    const view = viewAt(tile, image, scale, options);
    const viewed = readBalanced(image, view, facts);
    seen.push({ tile: view, pictures: await session.run(viewed, ['segmentation'], facts.staining) });
  }
  return seen;
}

/** The tile's pixels at the model's scale, balanced as the whole image asks for it. */
export function readBalanced(image: Raster, tile: TilePlan, { gains }: PictureFacts): Raster {
  const pixels = readTile(image, tile);
  if (gains) balance(pixels, gains);
  return pixels;
}
