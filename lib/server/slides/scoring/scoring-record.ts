import 'server-only';
import { z } from 'zod';
import { ScoringScope } from '@/lib/contracts/slide-scoring';
import { readJson, whenDamaged } from '@/lib/server/runs/stored-json';
import { keysOf } from '@/lib/server/slides/record';
import { getStorage } from '@/lib/server/storage';
import { ScoringPin } from './scoring-pin';

/** What a scoring is of: all that its run needs to know. Written once. */
export const StoredScoring = z.object({
  id: z.string(),
  scope: ScoringScope,
  createdAt: z.iso.datetime(),
  annotationsRevision: z.int(),
  settingsRevision: z.int(),
  /** Name and version, for people. */
  model: z.string(),
  micronsPerPixel: z.number(),
  probThresh: z.int(),
  /** Whether membranes are measured; older records do not say. */
  areMembranesWanted: z.boolean().default(false),
  /** Another model of the same name has another one: then the cells are others, too. */
  mapKey: z.string(),
  /** Which workers take its cells, and by which model. */
  pin: ScoringPin,
  grid: z.object({ side: z.int(), columns: z.int(), rows: z.int() }),
  /** Numbers of the cells, counted row by row. */
  cells: z.array(z.int()),
});
export type StoredScoring = z.infer<typeof StoredScoring>;

/** @param folderId - the slide's. @returns null where there is none */
export const readScoring = (folderId: string, scoring: string): Promise<StoredScoring | null> =>
  readJson(keysOf(folderId).scoring(scoring).record, StoredScoring);

/** The ids of all scorings of a slide. */
export async function listScorings(folderId: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key } of getStorage().list(keysOf(folderId).scorings)) {
    const id = key.split('/')[3];
    if (id !== undefined) found.add(id);
  }
  return [...found];
}

/** The records of all scorings of a slide, the latest first. One that is damaged is left out, and hides no other. */
export async function readScorings(folderId: string): Promise<StoredScoring[]> {
  const ids = await listScorings(folderId);
  const all = await Promise.all(ids.map((id) => readScoring(folderId, id).catch(whenDamaged(() => null))));
  return all.filter((scoring) => scoring !== null).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}
