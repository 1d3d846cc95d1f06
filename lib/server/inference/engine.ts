import 'server-only';
import { availableParallelism } from 'node:os';
import { AppError } from '@/lib/errors';
import { manifestFor, networkAt, singleNetworks } from '@/lib/models/manifest';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { createPool, type Pool } from '@/workers/pool';
import { type ModelRef, openModel, PROVIDERS, type Provider } from '@/workers/protocol';
import { type InstalledModel, loadModels } from './load-models';

export type EngineOptions = {
  modelsDirectory: string;
  /** Name of the default model; null = the only one, or `restain-ihc` among several. */
  defaultModel: string | null;
  threads: number;
  intraOpThreads: number;
  maxQueue: number;
  /** Tiles that a thread runs together, where a network takes several. */
  batch?: number;
  /** The only provider that is tried; null = the first that works. */
  provider: Provider | null;
  /** Whether networks are opened. Without any nothing is inferred here, and the provider is the one named, or cpu. */
  hasNetworks?: boolean;
};

/** The running engine: a pool of threads with the models open in them. */
export type Engine = {
  readonly pool: Pool;
  readonly models: ReadonlyMap<string, InstalledModel>;
  readonly defaultModel: InstalledModel;
  readonly provider: Provider;
  /** Providers that were tried before this one, and the reason why each failed. */
  readonly passedOver: readonly { provider: Provider; reason: string }[];
  /**
   * The model with all its networks; see `modelForPictures`.
   *
   * @param elsewhere - the class of provider of the machine that is to run it; this engine's by default
   * @throws AppError `model_not_found` with the names of the installed models
   */
  modelRef(name: string | undefined, elsewhere?: Provider): ModelRef;
  close(): Promise<void>;
};

/** The model that comes with the product. */
export const EMBEDDED_MODEL = 'restain-ihc';

/** Far more than admitted jobs submit (one tile for each thread): a limit against a leak, not the admission. */
const MAX_QUEUED_TASKS = 10_000;

/**
 * Loads and checks every model, chooses the provider and opens the default model in every thread.
 *
 * @throws AppError `invalid_model`, `model_not_found` or `provider_unavailable`: the server should not start
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const installed = await loadModels(options.modelsDirectory);
  const chosen = chooseDefault(installed, options.defaultModel);
  const pool = createPool(options);
  try {
    const { hasNetworks = true } = options;
    const { provider, passedOver } = hasNetworks
      ? await chooseProvider(pool, chosen, options.provider)
      : { provider: options.provider ?? 'cpu', passedOver: [] };
    const models = new Map([...installed].map(([name, model]) => [name, modelFor(model, provider)]));
    const defaultModel = chooseDefault(models, options.defaultModel);
    const open = async (model: InstalledModel) => {
      for (const network of networksOfModel({ ...model, provider })) await pool.run(openModel, { model: network });
    };
    // One task for each thread: each opens its own session. The other models are opened once, to check that they can be.
    if (hasNetworks) {
      await Promise.all(Array.from({ length: pool.threads }, () => open(defaultModel)));
      for (const model of models.values()) if (model !== defaultModel) await open(model);
    }
    return {
      pool,
      models,
      defaultModel,
      provider,
      passedOver,
      modelRef: (name, elsewhere = provider) => {
        const model = name === undefined ? defaultModel : models.get(name);
        if (!model)
          throw new AppError(
            'model_not_found',
            `No model named '${name}'. Installed: ${[...models.keys()].join(', ')}.`,
          );
        const bare = elsewhere === provider ? undefined : installed.get(model.manifest.name);
        return { ...(bare ? modelFor(bare, elsewhere) : model), provider: elsewhere };
      },
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** The model with the networks that the provider runs. */
function modelFor({ folder, manifest }: InstalledModel, provider: Provider): InstalledModel {
  return { folder, manifest: manifestFor(manifest, provider === 'cpu') };
}

/** A model once for each of its networks, see `singleNetworks`. */
export const networksOfModel = (model: ModelRef): ModelRef[] =>
  singleNetworks(model.manifest).map((manifest) => ({ ...model, manifest }));

/** A model with the network that pictures of this pixel size are shown to, as its only one. */
export const modelForPictures = (model: ModelRef, micronsPerPixel: number): ModelRef => ({
  ...model,
  manifest: networkAt(model.manifest, micronsPerPixel),
});

function chooseDefault(models: ReadonlyMap<string, InstalledModel>, name: string | null): InstalledModel {
  const wanted = name ?? (models.size === 1 ? [...models.keys()][0] : EMBEDDED_MODEL);
  const model = wanted === undefined ? undefined : models.get(wanted);
  if (!model)
    throw new AppError(
      'model_not_found',
      `The default model '${wanted}' is not installed. Installed: ${[...models.keys()].join(', ')}.`,
    );
  return model;
}

async function chooseProvider(pool: Pool, model: InstalledModel, forced: Provider | null) {
  const passedOver: { provider: Provider; reason: string }[] = [];
  for (const provider of forced ? [forced] : PROVIDERS) {
    try {
      await pool.run(openModel, { model: { ...modelFor(model, provider), provider } });
      return { provider, passedOver };
    } catch (error) {
      // A faulty model fails on every provider, so the next is not tried.
      if (!(error instanceof AppError) || error.code === 'invalid_model') throw error;
      passedOver.push({ provider, reason: error.detail });
    }
  }
  throw new AppError(
    'provider_unavailable',
    `No inference provider works: ${passedOver.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ')}`,
  );
}

const started = processWide('engine', (): { engine?: Promise<Engine> } => ({}));

/** Starts the server's engine by the environment, once. After a failed start the next call tries again. */
export function startEngine(): Promise<Engine> {
  const { pool, models, process, jobs } = getEnv();
  started.engine ??= createEngine({
    modelsDirectory: models.dir,
    defaultModel: models.default ?? null,
    threads: pool.threads,
    intraOpThreads: Math.max(1, Math.floor(availableParallelism() / pool.threads)),
    maxQueue: MAX_QUEUED_TASKS,
    batch: pool.batch,
    provider: pool.provider ?? null,
    // Then workers infer all that is inferred.
    hasNetworks: !(process.role === 'web' && jobs.isRemote),
  }).catch((error: unknown) => {
    delete started.engine;
    throw error;
  });
  return started.engine;
}

/** Ends the engine's threads. The next `startEngine` starts new ones. */
export async function stopEngine(): Promise<void> {
  const engine = started.engine;
  delete started.engine;
  await (await engine)?.close();
}
