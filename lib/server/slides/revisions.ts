import 'server-only';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { readJson, writeNewJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';

/** Earlier revisions that stay beside the newest: whoever reads one while it is replaced still finds it. */
export const KEPT_REVISIONS = 5;

const folderOf = (folder: string, revision: number) => `${folder}${revision}/`;
const keyOf = (folder: string, revision: number) => `${folderOf(folder, revision)}content.json`;

/** The numbers of all revisions in a folder, rising. */
async function listRevisions(folder: string): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { key } of getStorage().list(folder)) revisions.push(Number(key.split('/').at(-2)));
  return revisions.sort((a, b) => a - b);
}

/** @returns null where there is no revision yet */
export async function readNewest<T>(
  folder: string,
  schema: z.ZodType<T>,
): Promise<{ revision: number; content: T } | null> {
  for (;;) {
    const revision = (await listRevisions(folder)).at(-1);
    if (revision === undefined) return null;
    const content = await readJson(keyOf(folder, revision), schema);
    if (content !== null) return { revision, content };
    // So many newer ones were written since the list that this one is gone. Or the slide is: then the list is empty.
  }
}

/** Writes revision 0 where there is none. Of several writers one wins. */
export async function writeFirst(folder: string, content: unknown): Promise<void> {
  await writeNewJson(keyOf(folder, 0), content);
}

/**
 * Writes the revision after another one. Of all who change the same revision one wins.
 *
 * @param folder - holds all revisions of one thing, and ends at a `/`
 * @param base - the revision that was changed
 * @returns the new revision
 * @throws AppError `revision_conflict`, with the newest revision, when `base` is not the newest
 */
export async function writeNext(folder: string, base: number, content: unknown): Promise<number> {
  const newest = (await listRevisions(folder)).at(-1);
  if (newest !== base) throw conflict(base, newest ?? 0);
  const revision = base + 1;
  if (!(await writeNewJson(keyOf(folder, revision), content)))
    throw conflict(base, (await listRevisions(folder)).at(-1) ?? revision);
  // A writer that was held up may find its place free again: others have written newer ones, and that one was removed.
  const all = await listRevisions(folder);
  const later = all.at(-1) ?? revision;
  if (later - revision >= KEPT_REVISIONS) {
    await getStorage().delete(folderOf(folder, revision));
    throw conflict(base, later);
  }
  for (const old of all.filter((one) => one < later - KEPT_REVISIONS)) await getStorage().delete(folderOf(folder, old));
  return revision;
}

function conflict(base: number, newest: number): AppError {
  return new AppError(
    'revision_conflict',
    `Revision ${base} was changed, but the newest one is ${newest}: somebody else has changed it meanwhile. Nothing was saved.`,
    { currentRevision: newest },
  );
}
