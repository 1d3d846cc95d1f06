import 'server-only';
import { Readable } from 'node:stream';
import {
  ARCHIVE,
  archiveName,
  DOCUMENT_NAMES,
  DOCUMENT_TYPES,
  type DocumentName,
  ExportOptions,
  pictureFile,
} from '@/lib/contracts/exports';
import { AppError } from '@/lib/errors';
import { type ArchivedFile, writeArchive } from '@/lib/exports/archive';
import { parseOptions } from '@/lib/server/http/parse-options';
import { bodyOf, slicesOf } from '@/lib/server/results/slices';
import { getStorage } from '@/lib/server/storage/index';
import { exportDocument, exportPacked } from './export-documents';
import { type Done, readDone } from './read-done';
import { keysOf, pictureKeys } from './record';
import { byEitherLink, readRecord } from './stored-analysis';

/**
 * Answers GET and HEAD of a file of a result: what the result page saves.
 *
 * HEAD writes no file.
 *
 * @throws AppError `not_found` where the result has no such file, `analysis_not_found`, `wrong_state`, `invalid_option`,
 *   `queue_full`
 */
export async function sendExport(request: Request, id: string, file: string): Promise<Response> {
  const { options } = parseOptions(ExportOptions, [...new URL(request.url).searchParams]);
  const done = await byEitherLink(id, readDone);
  const pictures = picturesOf(done);
  const isHead = request.method === 'HEAD';
  if (file === ARCHIVE) {
    const headers = headersOf('application/zip', archiveName(done.record));
    if (isHead) return new Response(null, { headers });
    return new Response(bodyOf(writeArchive(await archivedFiles(done, options, request.signal))), { headers });
  }
  if (isDocument(file)) {
    const headers = headersOf(DOCUMENT_TYPES[file], file);
    if (isHead) return new Response(null, { headers });
    const bytes = await exportDocument(done, file, options, request.signal);
    headers.set('Content-Length', String(bytes.length));
    return new Response(bodyOf(slicesOf(bytes)), { headers });
  }
  const picture = pictures.find(({ name }) => name === file);
  if (picture) return sendPicture(picture, isHead);
  const names = [ARCHIVE, ...DOCUMENT_NAMES, ...pictures.map(({ name }) => name)];
  throw new AppError('not_found', `This result has no such file. It has ${names.join(', ')}.`);
}

/** Answers GET of the thumbnail. @throws AppError `analysis_not_found`, `wrong_state` while there is no picture */
export async function sendThumbnail(id: string): Promise<Response> {
  const { id: stored, source } = await byEitherLink(id, readRecord);
  if (!source) throw new AppError('wrong_state', 'There is no verified image yet.');
  const { body, bytes } = await openStored(keysOf(stored).thumbnail(source.thumbnail.name));
  const headers = { 'Content-Type': 'image/webp', 'Content-Length': String(bytes), 'Cache-Control': 'no-store' };
  return new Response(Readable.toWeb(body) as unknown as BodyInit, { headers });
}

/**
 * All files of a result, for an archive. Pictures are opened when it is their turn.
 *
 * @param isWanted - which pictures
 * @throws AppError `queue_full`, `cancelled`, `worker_crashed`
 */
export async function archivedFiles(
  done: Done,
  options: ExportOptions,
  signal: AbortSignal,
  isWanted: (picture: string) => boolean = () => true,
): Promise<ArchivedFile[]> {
  const documents = await exportPacked(done, options, signal);
  const pictures = picturesOf(done).filter(({ name }) => isWanted(name));
  return [...documents, ...pictures.map(toArchived)];
}

type StoredPicture = { name: string; key: string };

/** The pictures of a result, and where they lie. */
export const picturesOf = ({ record, run, result }: Done): StoredPicture[] =>
  pictureKeys(record.id, run.id, result).map(([picture, key]) => ({ name: pictureFile(picture), key }));

const isDocument = (file: string): file is DocumentName => Object.hasOwn(DOCUMENT_TYPES, file);

async function sendPicture({ name, key }: StoredPicture, isHead: boolean): Promise<Response> {
  const { body, bytes } = await openStored(key);
  const headers = headersOf('image/png', name);
  headers.set('Content-Length', String(bytes));
  if (!isHead) return new Response(Readable.toWeb(body) as unknown as BodyInit, { headers });
  body.destroy();
  return new Response(null, { headers });
}

/** Opened when it is its turn: a slow reader holds one connection to the storage, not eight. */
const toArchived = ({ name, key }: StoredPicture): ArchivedFile => ({
  name,
  read: async () => (await openStored(key)).body,
});

async function openStored(key: string) {
  const object = await getStorage().get(key);
  if (object) return object;
  throw new AppError('analysis_not_found', 'The analysis was deleted, or its result was replaced meanwhile.');
}

const headersOf = (type: string, file: string) =>
  new Headers({
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${file}"`,
    // Deleted means gone: no cache on the way may still have it. Nor may anybody compress what is sent.
    'Cache-Control': 'no-store, no-transform',
    'X-Content-Type-Options': 'nosniff',
  });
