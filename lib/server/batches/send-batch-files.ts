import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { BatchRow } from '@/lib/contracts/batch';
import { ArchiveOptions, TableOptions } from '@/lib/contracts/batch-operations';
import { DOCUMENT_TYPES, pictureFile } from '@/lib/contracts/exports';
import { AppError, ERRORS } from '@/lib/errors';
import { type ArchivedFile, MAX_ARCHIVE_BYTES, writeArchive } from '@/lib/exports/archive';
import { writeBatchTable } from '@/lib/exports/batch-table';
import { type Done, readDone } from '@/lib/server/analyses/read-done';
import { keysOf } from '@/lib/server/analyses/record';
import { archivedFiles, picturesOf } from '@/lib/server/analyses/send-export';
import { parseOptions } from '@/lib/server/http/parse-options';
import { bodyOf } from '@/lib/server/results/slices';
import { getStorage } from '@/lib/server/storage';
import { describeBatch } from './answer-batch';
import { mapLimited } from './map-limited';

type Options = z.output<typeof ArchiveOptions>;

/** A document compresses well, a picture does not: this is left for the documents. */
const MAX_PICTURE_BYTES = 0.8 * MAX_ARCHIVE_BYTES;
const RETRY_MS = 1_000;

/** Answers GET of the table of a batch. @throws AppError `invalid_option`, `batch_not_found` */
export async function sendBatchTable(request: Request, id: string): Promise<Response> {
  const { options } = parseOptions(TableOptions, [...new URL(request.url).searchParams]);
  const { rows } = await describeBatch(id);
  return new Response(writeBatchTable(rows, options.csv), {
    headers: headersOf(DOCUMENT_TYPES['nuclei.csv'], 'batch.csv'),
  });
}

/**
 * Answers GET and HEAD of the archive of a batch. It is written as it is read: one image at a time is in memory.
 *
 * @throws AppError `invalid_option`, `batch_not_found`; `wrong_state` where no analysis has a result; `image_too_large`
 *   where the pictures do not fit into a ZIP file
 */
export async function sendBatchArchive(request: Request, id: string): Promise<Response> {
  const { options } = parseOptions(ArchiveOptions, [...new URL(request.url).searchParams]);
  const { rows } = await describeBatch(id);
  const done = rows.filter(({ state }) => state === 'done');
  if (done.length === 0) throw new AppError('wrong_state', 'No analysis of this batch has a result.');
  const bytes = (await mapLimited(done, (row) => pictureBytes(row, options))).reduce((sum, one) => sum + one, 0);
  if (bytes > MAX_PICTURE_BYTES)
    throw new AppError(
      'image_too_large',
      `The pictures of this batch have ${gigabytes(bytes)} GB; its ZIP file may hold ${gigabytes(MAX_PICTURE_BYTES)} GB of them. Ask for fewer pictures, or save results one by one.`,
    );
  const headers = headersOf('application/zip', 'batch.zip');
  if (request.method === 'HEAD') return new Response(null, { headers });
  return new Response(bodyOf(writeArchive(filesOf(rows, options, request.signal))), { headers });
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);

const isWanted =
  ({ pictures }: Options) =>
  (name: string) =>
    pictures === 'all' || (pictures === 'overlay' && name === pictureFile('SegOverlaid'));

async function pictureBytes({ analysis }: BatchRow, options: Options): Promise<number> {
  const done = await readIfDone(analysis);
  if (done === null) return 0;
  const wanted = new Set(
    picturesOf(done)
      .filter(({ name }) => isWanted(options)(name))
      .map(({ key }) => key),
  );
  let sum = 0;
  for await (const { key, bytes } of getStorage().list(keysOf(analysis).folder)) if (wanted.has(key)) sum += bytes;
  return sum;
}

async function* filesOf(
  rows: readonly BatchRow[],
  options: Options,
  signal: AbortSignal,
): AsyncGenerator<ArchivedFile> {
  yield { name: 'table.csv', read: () => writeBatchTable(rows, options.csv) };
  const digits = String(rows.length).length;
  const gone = new Set<string>();
  for (const { analysis, number, state } of rows) {
    if (state !== 'done') continue;
    const folder = String(number).padStart(digits, '0');
    const files = await filesOfOne(analysis, options, signal);
    if (files.length === 0) gone.add(folder);
    for (const file of files) yield orGone({ ...file, name: `${folder}/${file.name}` }, () => gone.add(folder));
  }
  if (gone.size > 0) yield { name: 'left-out.txt', read: () => leftOut([...gone]) };
}

const leftOut = (folders: readonly string[]) =>
  `Deleted, or run again, while this archive was written. Their files are missing here, or some of them:\r\n${folders.join('\r\n')}\r\n`;

/** A file whose analysis is deleted before its turn is left out, and does not break the archive off. */
function orGone(file: ArchivedFile, onGone: () => void): ArchivedFile {
  if ('packed' in file) return file;
  return {
    ...file,
    read: async () => {
      try {
        return await file.read();
      } catch (error) {
        if (!isGone(error)) throw error;
        onGone();
        return null;
      }
    },
  };
}

const isGone = (error: unknown) =>
  error instanceof AppError && ['analysis_not_found', 'wrong_state', 'stored_damaged'].includes(error.code);

/** None where the analysis was deleted, or runs again, since the table was made. */
const filesOfOne = async (analysis: string, options: Options, signal: AbortSignal): Promise<ArchivedFile[]> =>
  (await whenDone(analysis, signal, (done) => archivedFiles(done, options, signal, isWanted(options)))) ?? [];

/** Makes something of a result. Null where the analysis was deleted, or runs again. Waits while the server is busy. */
export async function whenDone<Made>(
  analysis: string,
  signal: AbortSignal,
  make: (done: Done) => Promise<Made>,
): Promise<Made | null> {
  for (;;) {
    const done = await readIfDone(analysis);
    if (done === null) return null;
    try {
      return await make(done);
    } catch (error) {
      if (isGone(error)) return null;
      if (!(error instanceof AppError && ERRORS[error.code].status === 503)) throw error;
    }
    await delay(RETRY_MS, undefined, { signal });
  }
}

const readIfDone = (analysis: string): Promise<Done | null> =>
  readDone(analysis).catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });

export const headersOf = (type: string, file: string) => ({
  'Content-Type': type,
  'Content-Disposition': `attachment; filename="${file}"`,
  // Deleted means gone: no cache on the way may still have it. Nor may anybody compress what is sent.
  'Cache-Control': 'no-store, no-transform',
  'X-Content-Type-Options': 'nosniff',
});
