import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { IngestSlide } from '@/lib/contracts/slide';
import { runKeys } from '@/lib/server/runs/run-status';
import { readJson } from '@/lib/server/runs/stored-json';

/** Everything of every slide. */
export const SLIDES_FOLDER = 'slides/';

/**
 * A slide as it lies in storage, under the id of its view link:
 *
 * - `record.json`: that there is the slide. Written once: nothing that writes late brings a deleted slide back.
 * - `run.json`: the ingest that was asked for last. `expiry.json`: until when it is kept, where that was changed.
 * - `runs/<run>/`: how the ingest stands (`lib/server/runs/run-status.ts`)
 * - `choices.json`: what the file offers, where a person has to choose. Written by the ingest.
 * - `annotations/<revision>/`: the regions that are drawn (`annotations/stored-annotations.ts`)
 * - `pyramid.tif`: the copy that is kept. `thumbnail.webp`: all of it, small. `slide.json`: what it is; written after them, so
 *   that with it all is there.
 * - `settings/<n>/`: how nuclei are found and counted, see `revisions.ts`.
 * - `scorings/<scoring>/`: what a scoring is of (`record.json`), which cells hold tissue, what cannot be done, and how it stands.
 * - `facts/<key>.json`, `maps/<key>/<column>-<row>...`, `nuclei/<key>/<column>-<row>.bin`: what scorings have found
 *   (`scoring/README.md`)
 */
export const keysOf = (folderId: string) => {
  const folder = `${SLIDES_FOLDER}${folderId}/`;
  return {
    folder,
    record: `${folder}record.json`,
    lastRun: `${folder}run.json`,
    expiry: `${folder}expiry.json`,
    upload: `${folder}upload/`,
    part: (part: number) => `${folder}upload/${part}`,
    open: `${folder}open/upload.json`,
    openFolder: `${folder}open/`,
    choices: `${folder}choices.json`,
    pyramid: `${folder}pyramid.tif`,
    thumbnail: `${folder}thumbnail.webp`,
    slide: `${folder}slide.json`,
    annotations: `${folder}annotations/`,
    runs: `${folder}runs/`,
    run: (run: string) => runKeys(`${folder}runs/${run}/`),
    settings: `${folder}settings/`,
    scorings: `${folder}scorings/`,
    scoring: (scoring: string) => ({
      record: `${folder}scorings/${scoring}/record.json`,
      /** The cells of it that hold tissue, once the slide is measured. */
      cells: `${folder}scorings/${scoring}/cells.json`,
      faults: `${folder}scorings/${scoring}/faults/`,
      /** Why a part of its work cannot be done. */
      fault: (part: string) => `${folder}scorings/${scoring}/faults/${part}.json`,
      run: runKeys(`${folder}scorings/${scoring}/`),
    }),
    facts: (key: string) => `${folder}facts/${key}.json`,
    membraneWhite: (key: string) => `${folder}facts/${key}.membranes.json`,
    maps: (key: string) => `${folder}maps/${key}/`,
    nuclei: (key: string) => `${folder}nuclei/${key}/`,
    allNuclei: `${folder}nuclei/`,
  };
};

/** 128 random bits: nobody can guess the edit link of a slide. */
export const createEditId = () => randomBytes(16).toString('base64url');

/** The id of the view link. Whoever has it, or an address in the storage, which holds it, cannot find the edit link. */
export const viewIdOf = (editId: string) =>
  createHash('sha256').update(`restain view ${editId}`).digest().subarray(0, 16).toString('base64url');

export const createRunId = () => randomBytes(9).toString('base64url');

const Run = z.object({ id: z.string(), chosen: IngestSlide });
export type SlideRun = z.infer<typeof Run>;
const Expiry = z.object({ expiresAt: z.iso.datetime() });

/** What `record.json` holds. `expiresAt`: unless `expiry.json` has another. */
export const CreatedSlide = z.object({
  /** The folder's: the id of the view link. The edit link's id is stored nowhere. */
  id: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** The shipped sample that it is; null = an upload. */
  sample: z.string().nullable().default(null),
  upload: z.object({
    bytes: z.int(),
    type: z.string(),
    /** The analysis whose upload it is; null = its own. */
    analysis: z.string().nullable(),
  }),
});
type CreatedSlide = z.infer<typeof CreatedSlide>;

/** All that was asked of a slide. */
export type SlideRecord = CreatedSlide & { run: SlideRun | null };

/** @returns null where there is no such slide */
export async function readRecord(id: string): Promise<SlideRecord | null> {
  const keys = keysOf(id);
  const [created, run, expiry] = await Promise.all([
    readJson(keys.record, CreatedSlide),
    readJson(keys.lastRun, Run),
    readJson(keys.expiry, Expiry),
  ]);
  return created && { ...created, ...expiry, run };
}
