import { AppError } from '@/lib/errors';
import { countFeatures } from '@/lib/imaging/colour/staining';
import type { PictureWindow } from '@/lib/imaging/raster';
import type { TilePlan } from '@/lib/imaging/tiles/plan-tiles';
import { fillTile, writeTile } from '@/lib/imaging/tiles/stitch';
import type { Modality } from '@/lib/models/modalities';
import { flatTile, glassColour, inferGlass } from './glass';
import type { PictureFacts } from './picture-facts';
import type { Session } from './session';
import { inferViews, readBalanced } from './views';

export type TileWork = {
  /** RGB: the whole image, or a part with all that the views of the tile read (`pixelsOfViews`). */
  image: PictureWindow;
  tile: TilePlan;
  /** Pictures of the whole image, or of a part, one for each wanted modality. Only the tile's write region is written. */
  outputs: Partial<Record<Modality, PictureWindow>>;
  facts: PictureFacts;
  /** Whether tiles of glass are answered without running them at full size. */
  skipGlass: boolean;
};

/**
 * Infers one tile of an image and writes its region of the outputs.
 *
 * A tile of glass is not run at full size. A small flat tile of its mean colour is run instead, and the value of its
 * centre fills the region.
 */
export async function inferTile(session: Session, work: TileWork): Promise<{ isGlass: boolean }> {
  const { image, tile, outputs, facts, skipGlass } = work;
  const wanted = Object.entries(outputs) as [Modality, PictureWindow][];
  const modalities = wanted.map(([modality]) => modality);
  const pixels = readBalanced(image, tile, facts);
  const colour = skipGlass ? glassColour(pixels) : null;
  if (colour) {
    const glass = await inferGlass(session, colour, modalities, facts.staining);
    for (const [modality, whole] of wanted) fillTile(present(glass, modality, session), tile, whole);
    return { isGlass: true };
  }
  const seen = await inferViews(session, image, tile, pixels, modalities, facts);
  for (const [modality, whole] of wanted) {
    const views = modality === 'segmentation' ? seen : seen.slice(0, 1);
    const pictures = views.map((view) => ({ tile: view.tile, output: present(view.pictures, modality, session) }));
    writeTile(pictures, whole);
  }
  return { isGlass: false };
}

function present<T>(answer: ReadonlyMap<Modality, T>, modality: Modality, { manifest }: Session): T {
  const found = answer.get(modality);
  if (found === undefined) throw new AppError('invalid_model', `${manifest.name} has no output for ${modality}`);
  return found;
}

/** Runs the smallest tile through every output. It shows that the provider works, and spares the first request the start-up time. */
export async function warmUp(session: Session): Promise<void> {
  const { manifest } = session;
  const unstained = manifest.staining ? new Float32Array(countFeatures(manifest.staining)) : null;
  await session.run(
    flatTile([128, 128, 128], manifest),
    manifest.outputs.map((output) => output.modality),
    unstained,
  );
}
