import 'server-only';
import type { z } from 'zod';
import { type SaveSlideSettings, SlideSettings } from '@/lib/contracts/slide-settings';
import { AppError } from '@/lib/errors';
import { startEngine } from '@/lib/server/inference/engine';
import { writeJson } from '@/lib/server/runs/stored-json';
import { expiryAfterChange } from '@/lib/server/slides/create-slide';
import { keysOf } from '@/lib/server/slides/record';
import { readNewest, writeFirst, writeNext } from '@/lib/server/slides/revisions';
import { assertThere, openForEditing, openSlideRecord } from '@/lib/server/slides/stored-slide';

const StoredSettings = SlideSettings.omit({ revision: true });
/** Before anybody has changed any. */
const FIRST: z.infer<typeof StoredSettings> = { corrections: [] };

/** The latest settings of a slide. @param folderId - that of the view link */
export async function readSettings(folderId: string): Promise<SlideSettings> {
  const { revision, content } = (await readNewest(keysOf(folderId).settings, StoredSettings)) ?? {
    revision: 0,
    content: FIRST,
  };
  return { revision, ...content };
}

/** States what is known before anybody has changed any. @param folderId - that of the view link */
export const beginSettings = (folderId: string, known: Pick<SlideSettings, 'marker'>): Promise<void> =>
  writeFirst(keysOf(folderId).settings, { ...FIRST, ...known });

/** @throws AppError `slide_not_found` */
export async function openSettings(id: string): Promise<SlideSettings> {
  return readSettings((await openSlideRecord(id)).record.id);
}

/** @throws AppError `revision_conflict`, `model_not_found`, `read_only`, `slide_not_found` */
export async function saveSettings(
  id: string,
  { base_revision: base, ...changed }: SaveSlideSettings,
): Promise<SlideSettings> {
  const record = await openForEditing(id);
  await assertUsable(changed.model);
  const keys = keysOf(record.id);
  await writeFirst(keys.settings, FIRST);
  const revision = await writeNext(keys.settings, base, changed);
  await writeJson(keys.expiry, { expiresAt: expiryAfterChange(record) });
  await assertThere(record.id);
  return { revision, ...changed };
}

/** @throws AppError `model_not_found`, `invalid_option` for a network that sees each tile alone */
export async function assertUsable(model: string | undefined): Promise<void> {
  const { manifest } = (await startEngine()).modelRef(model);
  if (!manifest.tile.fixed) return;
  const detail = `The model ${manifest.name} normalises each tile by itself, so tiles of a slide would not fit together. Choose another model, or analyse a region as a picture.`;
  throw new AppError('invalid_option', detail, { fields: [{ pointer: '/model', detail }] });
}
