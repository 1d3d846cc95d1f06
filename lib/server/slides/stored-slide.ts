import 'server-only';
import { z } from 'zod';
import { SlideChoices } from '@/lib/contracts/analysis';
import { SlideDescription, SlideId } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { isOrphaned } from '@/lib/server/runs/liveness';
import type { RunStatus } from '@/lib/server/runs/run-status';
import { readJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { keysOf, readRecord, type SlideRecord, viewIdOf } from './record';

export const StoredChoices = SlideChoices.omit({ max_pixels: true });

const StoredSlide = SlideDescription.extend({
  /** Its size in pixels; null on slides of earlier versions, which have none. */
  thumbnail: z.object({ width: z.int(), height: z.int() }).nullable().default(null),
});
export type StoredSlide = z.infer<typeof StoredSlide>;

/** A slide by the link that was used. */
export type Access = {
  /** As it was asked for. */
  id: string;
  record: SlideRecord;
  mayEdit: boolean;
};

/** What is known of a slide, as it was read at one moment. */
export type Snapshot = Access & {
  status: RunStatus | null;
  /** Whether the ingest is to be done, but no living server has it. */
  isOrphaned: boolean;
  choices: ReturnType<typeof StoredChoices.parse> | null;
  slide: StoredSlide | null;
};

/** @throws AppError `slide_not_found`, also when its time is over: then every trace of it goes now */
export async function openSlideRecord(text: string): Promise<Access> {
  const id = SlideId.safeParse(text);
  if (!id.success) throw new AppError('slide_not_found', 'This is not the id of a slide.');
  const ownFolder = viewIdOf(id.data);
  const record = await readRecord(ownFolder);
  const found = record ?? (await readRecord(id.data));
  if (found && Date.parse(found.expiresAt) > Date.now())
    return { id: id.data, record: found, mayEdit: record !== null };
  if (found) await getStorage().delete(keysOf(found.id).folder);
  throw new AppError('slide_not_found', 'There is no such slide. It may have been deleted, or its time is over.');
}

/** @throws AppError `read_only` for the view link, `slide_not_found` */
export async function openForEditing(id: string): Promise<SlideRecord> {
  const { record, mayEdit } = await openSlideRecord(id);
  if (mayEdit) return record;
  throw new AppError('read_only', 'This is the view link of the slide. Its edit link is needed to change anything.');
}

export async function readSnapshot(access: Access): Promise<Snapshot> {
  const { record } = access;
  const keys = keysOf(record.id);
  const run = record.run && keys.run(record.run.id);
  // What a run makes is written before its status: read the other way round, one that is just done would have made nothing.
  const latest = run && (await readLatestAttempt(run));
  const [choices, slide] = await Promise.all([
    readJson(keys.choices, StoredChoices),
    readJson(keys.slide, StoredSlide),
  ]);
  const orphaned = record.run && latest ? await isOrphaned(record.run.id, latest.key, latest.status) : false;
  return { ...access, status: latest?.status ?? null, isOrphaned: orphaned, choices, slide };
}

/** Whether a run is the current one of its slide: not after a deletion or a later start. */
export async function isCurrentRun(id: string, run: string): Promise<boolean> {
  return (await readRecord(id))?.run?.id === run;
}

/** Deletes what late work has written of a slide that was deleted meanwhile. @returns whether it was */
export async function dropIfDeleted(id: string): Promise<boolean> {
  const { record, folder } = keysOf(id);
  if ((await readObject(getStorage(), record)) !== null) return false;
  await getStorage().delete(folder);
  return true;
}

/** After a write. @throws AppError `slide_not_found` where the slide was deleted meanwhile: then every trace is gone again */
export async function assertThere(id: string): Promise<void> {
  if (await dropIfDeleted(id)) throw new AppError('slide_not_found', 'The slide was deleted meanwhile.');
}
