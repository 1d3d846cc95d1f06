import { balance } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import { type TilePlan, viewAt } from '@/lib/imaging/tiles/plan-tiles';
import { readTile } from '@/lib/imaging/tiles/stitch';
import type { Modality } from '@/lib/models/modalities';
import type { PictureFacts } from './picture-facts';
import type { Session } from './session';

/** The network's outputs for one view of a tile. */
export type View = { tile: TilePlan; pictures: Map<Modality, Raster> };

/**
 * Runs a tile at every scale of the manifest's `views`. The first view gives every wanted modality. The others give the
 * segmentation, and are run only if it is wanted.
 *
 * @param pixels - the tile at the first view's scale, balanced
 * @returns one view or more; all own the same region of the image
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

/** The tile's pixels at the model's scale, with the white balance of the whole image. */
export function readBalanced(image: Raster, tile: TilePlan, { gains }: PictureFacts): Raster {
  const pixels = readTile(image, tile);
  if (gains) balance(pixels, gains);
  return pixels;
}
