// The only file that imports ONNX Runtime.
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { AppError } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import type { Session } from '@/lib/inference/session';
import { decodeTile, encodeStaining, encodeTile, type TensorData } from '@/lib/inference/tensors';
import { type ModelManifest, type Network, networksFor, networksOf } from '@/lib/models/manifest';
import type { Modality } from '@/lib/models/modalities';
import { batchRuns, type RunMany } from './batched-runs';
import type { ModelRef } from './protocol';

// The engine reports a provider that does not load, in one line. The runtime's own report is long.
ort.env.logLevel = 'fatal';

export type SessionOptions = {
  /** Threads of one run; several sessions are faster than one session with many threads. */
  intraOpThreads: number;
  /** Tiles of one run, where the networks take several; they have the same pictures as one by one. */
  batch?: number;
};

/**
 * Opens a model and checks it against its manifest.
 *
 * @throws AppError `invalid_model` when an input or output is missing, `provider_unavailable` when the provider does not load
 */
export async function openSession(model: ModelRef, { intraOpThreads, batch = 1 }: SessionOptions): Promise<Session> {
  const { manifest } = model;
  const sessions = new Map<string, ort.InferenceSession>();
  for (const network of networksOf(manifest))
    sessions.set(network.file, await openNetwork(model, network, intraOpThreads));
  const runMany: RunMany = async (tiles, modalities, staining) => {
    const all = tiles.map(() => new Map<Modality, Raster>());
    const input = toFeeds({
      [manifest.input.name]: joinTensors(tiles.map((tile) => encodeTile(tile, manifest.input))),
      ...encodeStaining(manifest, staining),
    });
    for (const { file, outputs } of networksFor(manifest, modalities)) {
      const results = await sessions.get(file)?.run(
        input,
        outputs.map((output) => output.name),
      );
      for (const { name, modality, channels } of outputs)
        for (const [i, tile] of tiles.entries()) {
          const part = partOf(results?.[name] as TensorData | undefined, i, tiles.length);
          all[i]?.set(modality, decodeTile(part, name, tile, channels));
        }
    }
    return all;
  };
  const isBatched = batch > 1 && [...sessions.values()].every((session) => takesMany(session, manifest.input.name));
  const runOne: Session['run'] = async (tile, modalities, staining) => {
    const [pictures] = await runMany([tile], modalities, staining);
    return pictures as Map<Modality, Raster>;
  };
  return { manifest, run: isBatched ? batchRuns(runMany, batch) : runOne };
}

/** Whether a network has a free first dimension. */
function takesMany({ inputMetadata }: ort.InferenceSession, name: string): boolean {
  const input = inputMetadata.find((one) => one.name === name);
  return input?.isTensor === true && typeof input.shape[0] === 'string';
}

/** Tensors of one shape as one, along their first dimension. */
function joinTensors(tensors: readonly TensorData[]): TensorData {
  const [first] = tensors;
  if (!first) throw new RangeError('no tile to run');
  if (tensors.length === 1) return first;
  const { length } = first.data;
  const data =
    first.data instanceof Uint8Array
      ? new Uint8Array(tensors.length * length)
      : new Float32Array(tensors.length * length);
  for (const [i, tensor] of tensors.entries()) data.set(tensor.data, i * length);
  return { type: first.type, data, dims: [tensors.length, ...first.dims.slice(1)] };
}

/** The part of a tensor that belongs to one tile of several. */
function partOf(tensor: TensorData | undefined, index: number, count: number): TensorData | undefined {
  if (!tensor || count === 1) return tensor;
  const length = tensor.data.length / count;
  return {
    ...tensor,
    data: tensor.data.subarray(index * length, (index + 1) * length),
    dims: [1, ...tensor.dims.slice(1)],
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
