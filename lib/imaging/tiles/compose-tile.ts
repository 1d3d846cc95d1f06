import type { Raster } from '@/lib/imaging/raster';

/** How a channel is shown: its colour as `#rrggbb`, the value shown as black, and the value from which on the colour is full. */
export type ChannelDisplay = { colour: string; low: number; high: number };

/** A part of one level of a picture: pixels of that level. */
export type TilePart = { x: number; y: number; width: number; height: number };

/** The brightness of each value of a channel: 0 up to `low`, 1 from `high` on. */
export function windowTable({ low, high }: Pick<ChannelDisplay, 'low' | 'high'>): Float32Array {
  const span = Math.max(1, high - low);
  return Float32Array.from({ length: 256 }, (_, value) => Math.min(1, Math.max(0, (value - low) / span)));
}

/**
 * Adds up the channels in their colours, as light adds up under a fluorescence microscope; RGBA, opaque. An RGB channel
 * contributes by its darkness: 255 minus the mean of red, green and blue.
 */
export function composeTile(
  channels: readonly { plane: Raster; layer: ChannelDisplay }[],
  { x, y, width, height }: TilePart,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * width * height);
  for (let i = 3; i < out.length; i += 4) out[i] = 255;
  for (const { plane, layer } of channels) {
    const shown = windowTable(layer);
    const [red, green, blue] = readColour(layer.colour);
    for (let row = 0, o = 0; row < height; row++)
      for (let i = (y + row) * plane.width + x, end = i + width; i < end; i++, o += 4) {
        const share = shown[brightnessOf(plane, i)];
        if (share === 0) continue;
        out[o] += share * red;
        out[o + 1] += share * green;
        out[o + 2] += share * blue;
      }
  }
  return out;
}

/** The pixels of an RGB picture as RGBA, opaque. */
export function copyTile(picture: Raster, { x, y, width, height }: TilePart): Uint8ClampedArray<ArrayBuffer> {
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
function readColour(colour: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const brightnessOf = ({ data, channels }: Raster, i: number): number =>
  channels === 1 ? data[i] : 255 - Math.round((data[3 * i] + data[3 * i + 1] + data[3 * i + 2]) / 3);

/** 256 counts of the darkness of an RGB picture's pixels: 255 minus the mean of red, green and blue. */
export function densityHistogram(picture: Raster): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < picture.width * picture.height; i++) counts[brightnessOf(picture, i)]++;
  return counts;
}
