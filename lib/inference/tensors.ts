import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';

/** A tensor as plain data, which every runtime takes and returns. */
export type TensorData = {
  readonly type: string;
  readonly data: Uint8Array | Float32Array;
  readonly dims: readonly number[];
};

/**
 * Encodes a tile as the network's input.
 *
 * @param tile - RGB
 * @returns shape (1, height, width, 3) or (1, 3, height, width), as the manifest states. A `uint8` NHWC tensor shares the
 *   tile's bytes; every other one is a copy
 */
export function encodeTile(tile: Raster, input: ModelManifest['input']): TensorData {
  const { data, width, height } = tile;
  const isNhwc = input.layout === 'nhwc';
  const dims = isNhwc ? [1, height, width, 3] : [1, 3, height, width];
  if (input.type === 'float32') return { type: 'float32', data: standardise(tile, input), dims };
  return { type: 'uint8', data: isNhwc ? data : toPlanes(data, width * height), dims };
}

function toPlanes(data: Uint8Array, pixels: number): Uint8Array {
  const planes = new Uint8Array(data.length);
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < pixels; i++) planes[channel * pixels + i] = data[i * 3 + channel];
  return planes;
}

/** (value / 255 - mean) / std of every channel, in the layout of the input. */
function standardise({ data, width, height }: Raster, input: ModelManifest['input'] & { type: 'float32' }) {
  const pixels = width * height;
  const [pixelStride, channelStride] = input.layout === 'nhwc' ? [3, 1] : [1, pixels];
  const values = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * input.std[channel]);
    const shift = -input.mean[channel] / input.std[channel];
    for (let i = 0; i < pixels; i++)
      values[i * pixelStride + channel * channelStride] = data[i * 3 + channel] * scale + shift;
  }
  return values;
}

/**
 * The second input of a network that takes the staining of the whole image, by name; empty for other networks.
 *
 * @throws AppError `internal` when the network takes it and it is null
 */
export function encodeStaining(
  { staining: input }: ModelManifest,
  staining: Float32Array | null,
): Record<string, TensorData> {
  if (!input) return {};
  if (!staining) throw new AppError('internal', 'The model needs the staining of the image, which was not given.');
  return { [input.name]: { type: 'float32', data: staining, dims: [1, staining.length] } };
}

/**
 * Decodes a network's output to a picture of the tile's size, which shares the tensor's bytes.
 *
 * @throws AppError `invalid_model` when type or size do not fit
 */
export function decodeTile(tensor: TensorData | undefined, name: string, tile: Raster, channels: 1 | 3): Raster {
  const { width, height } = tile;
  if (tensor?.type !== 'uint8' || tensor.data.length !== width * height * channels)
    throw new AppError(
      'invalid_model',
      `output '${name}' must be uint8 of 1 x ${height} x ${width} x ${channels}, got ${tensor?.type} of ${tensor?.dims.join(' x ')}`,
    );
  return { data: tensor.data as Uint8Array, width, height, channels };
}
