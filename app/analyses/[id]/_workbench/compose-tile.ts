import type { Raster } from '@/lib/imaging/raster';
import type { Layer } from './view-settings';

/** A part of one level of a picture: pixels of that level. */
export type Part = { x: number; y: number; width: number; height: number };

/** How brightly a channel shows each of its values: black up to `low`, full from `high` on. */
export function windowTable({ low, high }: Pick<Layer, 'low' | 'high'>): Float32Array {
  const span = Math.max(1, high - low);
  return Float32Array.from({ length: 256 }, (_, value) => Math.min(1, Math.max(0, (value - low) / span)));
}

/** Adds up the channels in their colours, as light adds up under a fluorescence microscope; RGBA, opaque. */
export function composeTile(
  channels: readonly { plane: Raster; layer: Layer }[],
  { x, y, width, height }: Part,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * width * height);
  for (let i = 3; i < out.length; i += 4) out[i] = 255;
  for (const { plane, layer } of channels) {
    const shown = windowTable(layer);
    const [red, green, blue] = readColour(layer.colour);
    for (let row = 0, o = 0; row < height; row++)
      for (let i = (y + row) * plane.width + x, end = i + width; i < end; i++, o += 4) {
        const share = shown[plane.data[i]];
        if (share === 0) continue;
        out[o] += share * red;
        out[o + 1] += share * green;
        out[o + 2] += share * blue;
      }
  }
  return out;
}

/** The pixels of an RGB picture as RGBA, opaque. */
export function copyTile(picture: Raster, { x, y, width, height }: Part): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * width * height);
  const { data, channels } = picture;
  for (let row = 0, o = 0; row < height; row++)
    for (let n = 0, c = ((y + row) * picture.width + x) * channels; n < width; n++, c += channels, o += 4) {
      out[o] = data[c];
      out[o + 1] = data[c + (channels === 3 ? 1 : 0)];
      out[o + 2] = data[c + (channels === 3 ? 2 : 0)];
      out[o + 3] = 255;
    }
  return out;
}

/** `#rrggbb` as three bytes. */
export function readColour(colour: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** How much hematoxylin a pixel shows, as light: 255 minus its mean brightness. */
export function toDensity({ data, width, height, channels }: Raster): Raster {
  const density = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < density.length; i++, c += channels)
    density[i] = 255 - (channels === 1 ? data[c] : Math.round((data[c] + data[c + 1] + data[c + 2]) / 3));
  return { data: density, width, height, channels: 1 };
}
