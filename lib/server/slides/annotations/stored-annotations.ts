import 'server-only';
import { type Annotation, Annotations, type SaveAnnotations, type SavedAnnotations } from '@/lib/contracts/annotation';
import type { SlideDescription } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';
import { processWide } from '@/lib/server/process-wide';
import { writeJson } from '@/lib/server/runs/stored-json';
import { expiryAfterChange } from '@/lib/server/slides/create-slide';
import { stateOf } from '@/lib/server/slides/describe-slide';
import { keysOf } from '@/lib/server/slides/record';
import { readNewest, writeFirst, writeNext } from '@/lib/server/slides/revisions';
import {
  type Access,
  assertThere,
  openForEditing,
  openSlideRecord,
  readSnapshot,
} from '@/lib/server/slides/stored-slide';
import { findTissue } from './find-tissue';

const Stored = Annotations.omit({ revision: true });

/** The newest annotations of a slide, by either link. @throws AppError `slide_not_found`, `wrong_state` */
export const readAnnotations = async (id: string): Promise<Annotations> => newestOf(await openSlideRecord(id));

/** Slides on which the tissue is being found: who asks meanwhile waits for the same. */
const finding = processWide('finding-tissue', () => new Map<string, Promise<Annotation[]>>());

/** The newest annotations; at the first time the tissue, as it is found then. @throws AppError `wrong_state` */
export async function newestOf(access: Access): Promise<Annotations> {
  const slide = await openReady(access);
  const { id } = access.record;
  const folder = keysOf(id).annotations;
  const stored = await readNewest(folder, Stored);
  if (stored) return { revision: stored.revision, ...stored.content };
  const search = finding.get(id) ?? findTissue(id, slide).finally(() => finding.delete(id));
  finding.set(id, search);
  await writeFirst(folder, { annotations: await search });
  await assertThere(id);
  const first = await readNewest(folder, Stored);
  if (first) return { revision: first.revision, ...first.content };
  throw new AppError('slide_not_found', 'The slide was deleted meanwhile.');
}

/**
 * Replaces the annotations of a slide. A change keeps the slide for longer.
 *
 * @throws AppError `revision_conflict` with the newest revision, `read_only`, `slide_not_found`, `wrong_state`
 */
export async function saveAnnotations(
  id: string,
  { base_revision: base, annotations }: SaveAnnotations,
): Promise<SavedAnnotations> {
  const access = { id, record: await openForEditing(id), mayEdit: true };
  const { record } = access;
  await openReady(access);
  const keys = keysOf(record.id);
  // Nobody may have asked for the first revision yet.
  if (base === 0) await newestOf(access);
  const revision = await writeNext(keys.annotations, base, { annotations }).catch(async (error: unknown) => {
    await assertThere(record.id);
    throw error;
  });
  const expiresAt = expiryAfterChange(record);
  await writeJson(keys.expiry, { expiresAt });
  await assertThere(record.id);
  return { revision, expires_at: expiresAt };
}

export async function openReady(access: Access): Promise<SlideDescription> {
  const snapshot = await readSnapshot(access);
  if (snapshot.slide) return snapshot.slide;
  const state = stateOf(snapshot);
  throw new AppError('wrong_state', `Annotations are drawn on a slide that is ready; this one is ${state}.`);
}
