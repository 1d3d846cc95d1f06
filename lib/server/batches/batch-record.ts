import 'server-only';
import { z } from 'zod';
import { StartAnalysis } from '@/lib/contracts/analysis';
import { Problem } from '@/lib/contracts/problem';
import { AppError } from '@/lib/errors';
import { createId } from '@/lib/server/analyses/record';
import { getEnv } from '@/lib/server/env';
import { readJson, writeJson, writeNewJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';

/** Everything of every batch. */
export const BATCHES_FOLDER = 'batches/';

/**
 * The objects of a batch, under `batches/<id>/`:
 *
 * - `record.json`: when it was made. A batch without one is deleted.
 * - `members/<place>-<analysis>/member.json`: that the analysis belongs to the batch. Written once.
 * - `members/<place>-<analysis>/order.json`: what somebody wants of it. Written by requests.
 * - `members/<place>-<analysis>/handed.json`: which order was handed to the queue. Written by the server that feeds the
 *   queue.
 */
export const keysOfBatch = (id: string) => {
  const folder = `${BATCHES_FOLDER}${id}/`;
  return {
    folder,
    record: `${folder}record.json`,
    members: `${folder}members/`,
    member: (place: number, analysis: string) => {
      const inMember = `${folder}members/${String(place).padStart(5, '0')}-${analysis}/`;
      return {
        folder: inMember,
        member: `${inMember}member.json`,
        order: `${inMember}order.json`,
        handed: `${inMember}handed.json`,
      };
    },
  };
};

export const BatchRecord = z.object({ id: z.string(), createdAt: z.iso.datetime(), expiresAt: z.iso.datetime() });
export type BatchRecord = z.infer<typeof BatchRecord>;

/** What somebody wants of an analysis. Every order has a number of its own. */
const Order = z.object({ order: z.string(), isCancelled: z.boolean().default(false), options: StartAnalysis });
export type Order = z.infer<typeof Order>;

/** The order that was handed to the queue. Where it was refused: why, and which run the analysis had then. */
const Handed = z.object({ order: z.string(), problem: Problem.nullable(), run: z.string().nullable() });
export type Handed = z.infer<typeof Handed>;

export type Member = { place: number; analysis: string; keys: MemberKeys };
type MemberKeys = ReturnType<ReturnType<typeof keysOfBatch>['member']>;

const HOUR_MS = 3_600_000;

export async function createBatchRecord(): Promise<BatchRecord> {
  const record: BatchRecord = {
    id: createId(),
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + getEnv().analyses.keepHours * HOUR_MS).toISOString(),
  };
  await writeJson(keysOfBatch(record.id).record, record);
  return record;
}

/** @throws AppError `batch_not_found`, also when its time is over */
export async function readBatchRecord(id: string): Promise<BatchRecord> {
  const record = await readJson(keysOfBatch(id).record, BatchRecord);
  if (record && Date.parse(record.expiresAt) > Date.now()) return record;
  const { keepHours } = getEnv().analyses;
  throw new AppError(
    'batch_not_found',
    `There is no such batch. It may have been deleted: each is kept for ${keepHours} hours at most.`,
  );
}

/** The analyses of a batch, in their order. One that requests have added at the same time has the first of its places. */
export async function listMembers(id: string): Promise<Member[]> {
  const keys = keysOfBatch(id);
  const members: Member[] = [];
  for await (const { key } of getStorage().list(keys.members)) {
    const [place, analysis] = /(\d{5})-([\w-]{22})\/member\.json$/.exec(key)?.slice(1) ?? [];
    if (place === undefined || analysis === undefined) continue;
    members.push({ place: Number(place), analysis, keys: keys.member(Number(place), analysis) });
  }
  members.sort((a, b) => a.place - b.place || a.analysis.localeCompare(b.analysis));
  const known = new Set<string>();
  return members.filter(({ analysis }) => !known.has(analysis) && known.add(analysis));
}

/** Adds an analysis at a place. It does not matter if another one has the same place. */
export async function addMember(id: string, place: number, analysis: string): Promise<Member> {
  const keys = keysOfBatch(id).member(place, analysis);
  await writeNewJson(keys.member, {});
  return { place, analysis, keys };
}

export const readOrder = ({ keys }: Member) => readJson(keys.order, Order);
export const writeOrder = ({ keys }: Member, order: Order) => writeJson(keys.order, order);
export const readHanded = ({ keys }: Member) => readJson(keys.handed, Handed);
export const writeHanded = ({ keys }: Member, handed: Handed) => writeJson(keys.handed, handed);
