// The only file that imports ONNX Runtime.
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import { type Modality, type ModelManifest, networkFiles } from '@/lib/models/manifest';
import type { ModelRef } from './protocol';

// A provider that does not load is reported by the engine, in one line; the runtime's own report would repeat it at length.
ort.env.logLevel = 'fatal';

/** An open network: runs tiles of any size that is a multiple of the manifest's. */
export type Session = {
  readonly manifest: ModelManifest;
  /**
   * @param tile - RGB, sides multiples of the manifest's `multiple`
   * @param staining - of the whole image, where the manifest asks for it
   * @returns pictures of the tile's size
   */
  run(tile: Raster, modalities: readonly Modality[], staining: Float32Array | null): Promise<Map<Modality, Raster>>;
};

/**
 * Opens a model and checks it against its manifest.
 *
 * @param intraOpThreads - threads that one run may use; sessions side by side are faster than one session with many
 * @throws AppError `invalid_model` when an input or output is missing, `provider_unavailable` when the provider does not load
 */
export async function openSession(model: ModelRef, intraOpThreads: number): Promise<Session> {
  const { manifest } = model;
  const networks = new Map<string, ort.InferenceSession>();
  for (const [file] of networkFiles(manifest))
    if (!networks.has(file)) networks.set(file, await openNetwork(model, file, intraOpThreads));
  return {
    manifest,
    run: async (tile, modalities, staining) => {
      const pictures = new Map<Modality, Raster>();
      const input = { [manifest.input.name]: toTensor(tile, manifest.input), ...stainingTensor(manifest, staining) };
      for (const [file, network] of networks) {
        const outputs = outputsOf(manifest, file).filter((output) => modalities.includes(output.modality));
        if (outputs.length === 0) continue;
        const results = await network.run(
          input,
          outputs.map((output) => output.name),
        );
        for (const { name, modality, channels } of outputs)
          pictures.set(modality, toRaster(results[name], name, tile, channels));
      }
      return pictures;
    },
  };
}

/** The outputs that one of the model's networks gives. */
const outputsOf = ({ file: main, outputs }: ModelManifest, file: string) =>
  outputs.filter((output) => (output.file ?? main) === file);

async function openNetwork({ folder, manifest, provider }: ModelRef, file: string, intraOpThreads: number) {
  const session = await ort.InferenceSession.create(join(folder, file), {
    executionProviders: [provider],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A plan is kept for every size of tile, and views and edges have many: a third of the memory, at no speed.
    enableMemPattern: false,
  }).catch((cause: unknown) => {
    throw new AppError(
      provider === 'cpu' ? 'invalid_model' : 'provider_unavailable',
      `${manifest.name}@${manifest.version} does not open on ${provider}: ${firstLine(cause)}`,
      { cause },
    );
  });
  assertNames(manifest, file, session);
  return session;
}

/** The reason alone: the runtime puts the failed assertion with its source file in front of it. */
const firstLine = (cause: unknown) =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.replace(/^.* was false\. /, '');

function assertNames(manifest: ModelManifest, file: string, session: ort.InferenceSession): void {
  const missing = [
    ...[manifest.input, manifest.staining].flatMap((input) =>
      input && !session.inputNames.includes(input.name) ? [`input '${input.name}'`] : [],
    ),
    ...outputsOf(manifest, file)
      .filter(({ name }) => !session.outputNames.includes(name))
      .map(({ name }) => `output '${name}'`),
  ];
  if (missing.length > 0)
    throw new AppError(
      'invalid_model',
      `${manifest.name}@${manifest.version}: model.json names ${missing.join(', ')}, but the network has inputs ${session.inputNames.join(', ')} and outputs ${session.outputNames.join(', ')}`,
    );
}

function toTensor(tile: Raster, input: ModelManifest['input']): ort.Tensor {
  const { data, width, height } = tile;
  const shape = input.layout === 'nhwc' ? [1, height, width, 3] : [1, 3, height, width];
  const pixels = width * height;
  const pixelStride = input.layout === 'nhwc' ? 3 : 1;
  const channelStride = input.layout === 'nhwc' ? 1 : pixels;
  if (input.type === 'uint8') {
    if (input.layout === 'nhwc') return new ort.Tensor('uint8', data, shape);
    const planes = new Uint8Array(data.length);
    for (let channel = 0; channel < 3; channel++)
      for (let i = 0; i < pixels; i++) planes[channel * pixels + i] = data[i * 3 + channel]!;
    return new ort.Tensor('uint8', planes, shape);
  }
  const values = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * input.std[channel]!);
    const shift = -input.mean[channel]! / input.std[channel]!;
    for (let i = 0; i < pixels; i++)
      values[i * pixelStride + channel * channelStride] = data[i * 3 + channel]! * scale + shift;
  }
  return new ort.Tensor('float32', values, shape);
}

function stainingTensor({ staining: input }: ModelManifest, staining: Float32Array | null): Record<string, ort.Tensor> {
  if (!input) return {};
  if (!staining) throw new AppError('internal', 'The model needs the staining of the image, which was not given.');
  return { [input.name]: new ort.Tensor('float32', staining, [1, staining.length]) };
}

function toRaster(tensor: ort.Tensor | undefined, name: string, tile: Raster, channels: 1 | 3): Raster {
  const { width, height } = tile;
  if (tensor?.type !== 'uint8' || tensor.size !== width * height * channels)
    throw new AppError(
      'invalid_model',
      `output '${name}' must be uint8 of 1 x ${height} x ${width} x ${channels}, got ${tensor?.type} of ${tensor?.dims.join(' x ')}`,
    );
  return { data: tensor.data as Uint8Array, width, height, channels };
}
