import 'server-only';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { networksOf } from '@/lib/models/manifest';
import { getEnv } from '@/lib/server/env';
import { networksOfModel, startEngine } from '@/lib/server/inference/engine';
import type { Lane } from '@/lib/server/jobs/lane';
import { type ModelRef, PROVIDERS } from '@/workers/protocol';
import { STORED_VERSION } from './slide-plan';

/**
 * What a scoring is pinned to at its start: every cell of it is made so, on whatever machine. Pictures differ between
 * runtimes by up to 22 grey levels.
 */
export const ScoringPin = z.object({
  /** Name and version, for people. */
  model: z.string(),
  /** By which a worker finds the model. Its own default may be another one than that of whoever started the scoring. */
  name: z.string(),
  /** Of all files of the network that the slide is shown to. */
  sha256: z.array(z.string()),
  precision: z.string(),
  graphOptimisation: z.string(),
  provider: z.enum(PROVIDERS),
  /** Of what is stored. Another version of this program may store other things. */
  version: z.int(),
});
export type ScoringPin = z.infer<typeof ScoringPin>;

export const pinOf = ({ manifest, provider }: ModelRef): ScoringPin => ({
  model: `${manifest.name}@${manifest.version}`,
  name: manifest.name,
  sha256: networksOf(manifest).map(({ sha256 }) => sha256),
  ...{ precision: manifest.precision, graphOptimisation: manifest.graphOptimisation, provider },
  version: STORED_VERSION,
});

/** The model that slides are scored with, on the class of provider that they are scored on, which may be another machine's. */
export async function scoringModel(name: string | undefined): Promise<ModelRef> {
  return (await startEngine()).modelRef(name, getEnv().slides.provider);
}

/** Where cells wait that are pinned so: only processes that match take any. */
export function laneOf({ model, ...exact }: ScoringPin): Lane {
  return `cells-${createHash('sha256').update(JSON.stringify(exact)).digest('hex').slice(0, 16)}`;
}

/** Where cells wait that this process can work on. */
export async function ownCellLanes(): Promise<Lane[]> {
  const engine = await startEngine();
  return lanesOf([...engine.models.keys()].map((name) => engine.modelRef(name)));
}

/** Where the cells of new scorings wait, by any model. */
export async function scoringLanes(): Promise<Lane[]> {
  const names = [...(await startEngine()).models.keys()];
  return lanesOf(await Promise.all(names.map(scoringModel)));
}

const lanesOf = (models: readonly ModelRef[]): Lane[] => [
  ...new Set(models.flatMap(networksOfModel).map((model) => laneOf(pinOf(model)))),
];

/**
 * The model of a scoring with the network that the scoring is pinned to, as its only one. A model may have got a second
 * network since, which the slide would be shown to today.
 *
 * @throws AppError `model_not_found`
 */
export async function pinnedModel({ name, sha256 }: ScoringPin): Promise<ModelRef> {
  const model = (await startEngine()).modelRef(name);
  const isPinned = (one: ModelRef) => pinOf(one).sha256.join() === sha256.join();
  return networksOfModel(model).find(isPinned) ?? model;
}

/** Why a scoring waits that no worker matches. */
export function nobodyServes({ model, sha256, precision, graphOptimisation, provider }: ScoringPin): string {
  const network = `${model} (network ${sha256[0]?.slice(0, 12)}, ${precision}, graph optimisation ${graphOptimisation})`;
  return `No worker that runs ${network} on ${provider} has been seen for ${getEnv().jobs.silentSeconds} s. The scoring was started so, and waits until there is one.`;
}
