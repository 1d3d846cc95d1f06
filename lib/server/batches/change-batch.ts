import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { type AddToBatch, type CreateBatch, MAX_BATCH_ANALYSES, type RerunBatch } from '@/lib/contracts/batch';
import { AppError } from '@/lib/errors';
import { createShortId } from '@/lib/server/analyses/record';
import { cancelAnalysis, deleteAnalysis } from '@/lib/server/analyses/run-analysis';
import { readRecord } from '@/lib/server/analyses/stored-analysis';
import { startEngine } from '@/lib/server/inference/engine';
import { getStorage } from '@/lib/server/storage';
import {
  addMember,
  createBatchRecord,
  keysOfBatch,
  listMembers,
  type Member,
  readBatchRecord,
  readHanded,
  readOrder,
  writeOrder,
} from './batch-record';
import { feedQueue, isWaiting } from './feed-queue';
import { mapLimited } from './map-limited';

/**
 * Makes a batch of analyses, and runs them if there are options.
 *
 * @returns its id
 * @throws AppError `analysis_not_found`, `model_not_found`
 */
export async function createBatch({ analyses, options }: z.output<typeof CreateBatch>): Promise<string> {
  if (options) await assertModel(options.model);
  await assertAnalyses(analyses);
  const { id } = await createBatchRecord();
  const members = await addNew(id, [], analyses);
  if (options) await order(id, members, options);
  return id;
}

/** How often, and how long apart, one looks whether a batch that seems full is. */
const LOOKS = 3;
const LOOK_MS = 100;

/**
 * Adds analyses at the end of a batch. Those that it has already stay where they are.
 *
 * @throws AppError `batch_not_found`, `analysis_not_found`, `invalid_option` where the batch would have too many
 */
export async function addToBatch(id: string, { analyses }: AddToBatch): Promise<void> {
  await readBatchRecord(id);
  for (let looks = 1; ; looks++) {
    const members = await listMembers(id);
    const known = new Set(members.map(({ analysis }) => analysis));
    const added = [...new Set(analyses)].filter((analysis) => !known.has(analysis));
    const total = members.length + added.length;
    if (total > MAX_BATCH_ANALYSES) {
      // Some that are there may be on their way out, see below.
      if (looks >= LOOKS) throw tooMany(total);
      await delay(LOOK_MS);
      continue;
    }
    await assertAnalyses(added);
    const own = await addNew(id, members, added);
    const all = await listMembers(id);
    if (all.length <= MAX_BATCH_ANALYSES) return;
    // Others have added some at the same time, and may have been told so. Everybody goes out who sees too many; the first comes again.
    await mapLimited(own, ({ keys }) => getStorage().delete(keys.folder));
    const first = new Set(all.slice(0, MAX_BATCH_ANALYSES).map(({ analysis }) => analysis));
    if (own.some(({ analysis }) => !first.has(analysis))) throw tooMany(all.length);
  }
}

const tooMany = (total: number) =>
  new AppError('invalid_option', `A batch may have ${MAX_BATCH_ANALYSES} analyses; it would have ${total}.`);

/**
 * Runs all analyses of a batch, or those that are named, in place of their earlier runs. An analysis that waits or runs
 * is stopped first; one whose image is still to come runs when it is there.
 *
 * @throws AppError `batch_not_found`, `model_not_found`, `analysis_not_found` where the batch has no such analysis
 */
export async function rerunBatch(id: string, { analyses, options }: z.output<typeof RerunBatch>): Promise<void> {
  await readBatchRecord(id);
  await assertModel(options.model);
  const members = await listMembers(id);
  const named = analyses && new Set(analyses);
  const chosen = members.filter(({ analysis }) => !named || named.has(analysis));
  const missing = named && [...named].filter((name) => !members.some(({ analysis }) => analysis === name)).length;
  if (missing)
    throw new AppError('analysis_not_found', `${missing} of the ${named.size} analyses are not in this batch.`);
  await mapLimited(chosen, ({ analysis }) => stop(analysis));
  await order(id, chosen, options);
}

/** Stops what waits and what runs. @throws AppError `batch_not_found` */
export async function cancelBatch(id: string): Promise<void> {
  await readBatchRecord(id);
  const members = await listMembers(id);
  // First what waits, so that nothing more begins.
  await mapLimited(members, async (member) => {
    const [wanted, handed] = await Promise.all([readOrder(member), readHanded(member)]);
    if (isWaiting(wanted, handed)) await writeOrder(member, { ...wanted, isCancelled: true });
  });
  await mapLimited(members, ({ analysis }) => stop(analysis));
}

/** Deletes every trace of a batch and of its analyses; no error when there is none. */
export async function deleteBatch(id: string): Promise<void> {
  const members = await listMembers(id);
  await getStorage().delete(keysOfBatch(id).folder);
  await mapLimited(members, ({ analysis }) => deleteAnalysis(analysis));
  // What was written meanwhile.
  await getStorage().delete(keysOfBatch(id).folder);
}

/** An unknown model is the caller's mistake: said now, not once for each analysis. */
async function assertModel(model: string | undefined): Promise<void> {
  (await startEngine()).modelRef(model);
}

async function assertAnalyses(analyses: readonly string[]): Promise<void> {
  await mapLimited(analyses, (analysis) => readRecord(analysis));
}

async function addNew(id: string, members: readonly Member[], analyses: readonly string[]): Promise<Member[]> {
  const first = (members.at(-1)?.place ?? 0) + 1;
  return mapLimited([...new Set(analyses)], (analysis, i) => addMember(id, first + i, analysis));
}

async function order(id: string, members: readonly Member[], options: z.output<typeof RerunBatch>['options']) {
  await mapLimited(members, (member) => writeOrder(member, { order: createShortId(), isCancelled: false, options }));
  feedQueue(id);
}

/** Stops a run; it does not matter whether there is one, or the analysis was deleted. */
async function stop(analysis: string): Promise<void> {
  await cancelAnalysis(analysis).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'analysis_not_found')) throw error;
  });
}
