import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';
import type { Session } from './session';

/** Glass is brighter than this in every channel. */
const GLASS_LEVEL = 200;
/** Grey levels between the brightest and darkest pixel of a channel. The palest nucleus differs from glass by about 25. */
const GLASS_CONTRAST = 14;

/**
 * The mean colour of a tile that shows nothing but glass, else null.
 * One dark or coloured pixel makes it tissue, so that no nucleus is missed.
 */
export function glassColour({ data, channels }: Raster): number[] | null {
  const colour: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    let low = 255;
    let high = 0;
    let sum = 0;
    for (let i = channel; i < data.length; i += channels) {
      const value = data[i];
      if (value < low) low = value;
      if (value > high) high = value;
      sum += value;
      if (low < GLASS_LEVEL || high - low > GLASS_CONTRAST) return null;
    }
    colour.push(Math.round((sum * channels) / data.length));
  }
  return colour;
}

/** The value of each output on glass of one colour: from the manifest, or else from the network. */
export async function inferGlass(
  session: Session,
  colour: readonly number[],
  modalities: readonly Modality[],
  staining: Float32Array | null,
): Promise<Map<Modality, ArrayLike<number>>> {
  const shown = new Map<Modality, ArrayLike<number>>();
  for (const { modality, glass } of session.manifest.outputs) if (glass) shown.set(modality, glass);
  const unstated = modalities.filter((modality) => !shown.has(modality));
  if (unstated.length === 0) return shown;
  const pictures = await session.run(flatTile(colour, session.manifest), unstated, staining);
  for (const [modality, picture] of pictures) shown.set(modality, centrePixel(picture));
  return shown;
}

/** The smallest tile of one colour whose centre pixel has a full halo. */
export function flatTile(colour: readonly number[], { tile: { size, halo, multiple, fixed } }: ModelManifest): Raster {
  const side = fixed ? size : Math.ceil((2 * halo + 1) / multiple) * multiple;
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3];
  return { data, width: side, height: side, channels: 3 };
}

function centrePixel({ data, width, height, channels }: Raster): Uint8Array {
  const at = ((height >> 1) * width + (width >> 1)) * channels;
  return data.slice(at, at + channels);
}
