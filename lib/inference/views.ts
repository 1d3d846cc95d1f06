import { balance } from '@/lib/imaging/colour/white-balance';
import { type PictureWindow, placeOf, type Raster } from '@/lib/imaging/raster';
import { type TilePlan, type TileRegion, unite, viewAt } from '@/lib/imaging/tiles/plan-tiles';
import { readTile, sourceRegion } from '@/lib/imaging/tiles/stitch';
import type { ModelManifest } from '@/lib/models/manifest';
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
  image: PictureWindow,
  tile: TilePlan,
  pixels: Raster,
  modalities: readonly Modality[],
  facts: PictureFacts,
): Promise<View[]> {
  const { views, tile: options } = session.manifest;
  const seen: View[] = [{ tile, pictures: await session.run(pixels, modalities, facts.staining) }];
  const coarser = modalities.includes('segmentation') ? views.slice(1) : [];
  for (const scale of coarser) {
    const view = viewAt(tile, placeOf(image), scale, options);
    const viewed = readBalanced(image, view, facts);
    seen.push({ tile: view, pictures: await session.run(viewed, ['segmentation'], facts.staining) });
  }
  return seen;
}

/** The tile's pixels at the model's scale, with the white balance of the whole image. */
export function readBalanced(image: PictureWindow, tile: TilePlan, { gains }: PictureFacts): Raster {
  const pixels = readTile(image, tile);
  if (gains) balance(pixels, gains);
  return pixels;
}

/** The image pixels that all views of a tile read. @param image - the size of the whole image */
export function pixelsOfViews(
  tile: TilePlan,
  image: { readonly width: number; readonly height: number },
  { views, tile: options }: ModelManifest,
): TileRegion {
  const first = sourceRegion(tile, image);
  const coarser = views.slice(1).map((scale) => sourceRegion(viewAt(tile, image, scale, options), image));
  return coarser.reduce(unite, first);
}
