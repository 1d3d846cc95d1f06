// The only file that imports ONNX Runtime.
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import type { Session } from '@/lib/inference/session';
import { decodeTile, encodeStaining, encodeTile, type TensorData } from '@/lib/inference/tensors';
import { type ModelManifest, type Network, networksFor, networksOf } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';
import type { ModelRef } from './protocol';

// The engine reports a provider that does not load, in one line. The runtime's own report is long.
ort.env.logLevel = 'fatal';

/**
 * Opens a model and checks it against its manifest.
 *
 * @param intraOpThreads - threads of one run; several sessions are faster than one session with many threads
 * @throws AppError `invalid_model` when an input or output is missing, `provider_unavailable` when the provider does not load
 */
export async function openSession(model: ModelRef, intraOpThreads: number): Promise<Session> {
  const { manifest } = model;
  const sessions = new Map<string, ort.InferenceSession>();
  for (const network of networksOf(manifest))
    sessions.set(network.file, await openNetwork(model, network, intraOpThreads));
  return {
    manifest,
    run: async (tile, modalities, staining) => {
      const pictures = new Map<Modality, Raster>();
      const input = toFeeds({
        [manifest.input.name]: encodeTile(tile, manifest.input),
        ...encodeStaining(manifest, staining),
      });
      for (const { file, outputs } of networksFor(manifest, modalities)) {
        const results = await sessions.get(file)?.run(
          input,
          outputs.map((output) => output.name),
        );
        for (const { name, modality, channels } of outputs)
          pictures.set(modality, decodeTile(results?.[name] as TensorData | undefined, name, tile, channels));
      }
      return pictures;
    },
  };
}

function toFeeds(inputs: Record<string, TensorData>): Record<string, ort.Tensor> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(inputs))
    feeds[name] =
      data instanceof Uint8Array ? new ort.Tensor('uint8', data, dims) : new ort.Tensor('float32', data, dims);
  return feeds;
}

async function openNetwork({ folder, manifest, provider }: ModelRef, network: Network, intraOpThreads: number) {
  const session = await ort.InferenceSession.create(join(folder, network.file), {
    executionProviders: [provider],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: manifest.graphOptimisation,
    // Without plans for every size of tile (views and edges have many) it takes a third less memory, at the same speed.
    enableMemPattern: false,
  }).catch((cause: unknown) => {
    throw new AppError(
      provider === 'cpu' ? 'invalid_model' : 'provider_unavailable',
      `${manifest.name}@${manifest.version} does not open on ${provider}: ${firstLine(cause)}`,
      { cause },
    );
  });
  assertNames(manifest, network, session);
  return session;
}

/** The reason alone, without the failed assertion and source file that the runtime puts in front. */
const firstLine = (cause: unknown) =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.replace(/^.* was false\. /, '');

function assertNames(manifest: ModelManifest, network: Network, session: ort.InferenceSession): void {
  const missing = [
    ...[manifest.input, manifest.staining].flatMap((input) =>
      input && !session.inputNames.includes(input.name) ? [`input '${input.name}'`] : [],
    ),
    ...network.outputs.filter(({ name }) => !session.outputNames.includes(name)).map(({ name }) => `output '${name}'`),
  ];
  if (missing.length > 0)
    throw new AppError(
      'invalid_model',
      `${manifest.name}@${manifest.version}: model.json names ${missing.join(', ')}, but the network has inputs ${session.inputNames.join(', ')} and outputs ${session.outputNames.join(', ')}`,
    );
}
