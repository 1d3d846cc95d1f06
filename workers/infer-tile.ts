import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import { countFeatures } from '@/lib/imaging/staining';
import { fillTile, glassColour, readTile, writeTile } from '@/lib/imaging/stitch';
import { type TilePlan, viewAt } from '@/lib/imaging/tiling';
import { balance } from '@/lib/imaging/white-balance';
import type { Modality, ModelManifest } from '@/lib/models/manifest';
import type { inferTile, Payload } from './protocol';
import type { Session } from './session';

/**
 * Infers one tile of an image into its place in the outputs.
 *
 * Glass is not run at full size: a flat tile of its mean colour is, once a colour, and its centre is spread over the region.
 */
export async function runTile(session: Session, work: Omit<Payload<typeof inferTile>, 'model'>) {
  const { image, tile, outputs, gains, staining, skipGlass } = work;
  const wanted = Object.entries(outputs) as [Modality, Raster][];
  const modalities = wanted.map(([modality]) => modality);
  const pixels = readBalanced(image, tile, gains);
  const colour = skipGlass ? glassColour(pixels) : null;
  if (colour) {
    const glass = await inferGlass(session, colour, modalities, staining);
    for (const [modality, whole] of wanted) fillTile(present(glass, modality, session), tile, whole);
    return { isGlass: true };
  }
  const seen = [{ tile, pictures: await session.run(pixels, modalities, staining) }];
  if (outputs.segmentation)
    for (const scale of session.manifest.views.slice(1)) {
      const view = viewAt(tile, image, scale, session.manifest.tile);
      const pictures = await session.run(readBalanced(image, view, gains), ['segmentation'], staining);
      seen.push({ tile: view, pictures });
    }
  for (const [modality, whole] of wanted) {
    const views = modality === 'segmentation' ? seen : seen.slice(0, 1);
    const pictures = views.map(({ tile, pictures }) => ({ tile, output: present(pictures, modality, session) }));
    writeTile(pictures, whole);
  }
  return { isGlass: false };
}

function readBalanced(image: Raster, tile: TilePlan, gains: readonly number[] | null): Raster {
  const pixels = readTile(image, tile);
  if (gains) balance(pixels, gains);
  return pixels;
}

function present<T>(answer: ReadonlyMap<Modality, T>, modality: Modality, { manifest }: Session): T {
  const found = answer.get(modality);
  if (found === undefined) throw new AppError('invalid_model', `${manifest.name} has no output for ${modality}`);
  return found;
}

/** What each output shows of glass of one colour: as the manifest states it, else as the network has it. */
async function inferGlass(
  session: Session,
  colour: readonly number[],
  modalities: readonly Modality[],
  staining: Float32Array | null,
) {
  const shown = new Map<Modality, ArrayLike<number>>();
  for (const { modality, glass } of session.manifest.outputs) if (glass) shown.set(modality, glass);
  const unstated = modalities.filter((modality) => !shown.has(modality));
  if (unstated.length === 0) return shown;
  const pictures = await session.run(flatTile(colour, session.manifest), unstated, staining);
  for (const [modality, picture] of pictures) shown.set(modality, centrePixel(picture));
  return shown;
}

/** The smallest tile whose centre sees nothing but itself and a full halo. */
function flatTile(colour: readonly number[], { tile: { size, halo, multiple, fixed } }: ModelManifest): Raster {
  const side = fixed ? size : Math.ceil((2 * halo + 1) / multiple) * multiple;
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3]!;
  return { data, width: side, height: side, channels: 3 };
}

function centrePixel({ data, width, height, channels }: Raster): Uint8Array {
  const at = ((height >> 1) * width + (width >> 1)) * channels;
  return data.slice(at, at + channels);
}

/** Runs the smallest tile through every output: what a first request would otherwise pay, and proof that the provider works. */
export async function warmUp(session: Session): Promise<void> {
  const { manifest } = session;
  const unstained = manifest.staining ? new Float32Array(countFeatures(manifest.staining)) : null;
  await session.run(
    flatTile([128, 128, 128], manifest),
    manifest.outputs.map((output) => output.modality),
    unstained,
  );
}
