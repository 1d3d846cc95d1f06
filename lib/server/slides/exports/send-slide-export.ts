import 'server-only';
import { ARCHIVE, archiveName } from '@/lib/contracts/exports';
import {
  MODALITIES_FILE,
  SLIDE_FILE_NAMES,
  SLIDE_FILE_TYPES,
  SlideExportOptions,
  type SlideFileName,
} from '@/lib/contracts/slide-exports';
import { AppError } from '@/lib/errors';
import { type ArchivedFile, writeArchive } from '@/lib/exports/archive';
import { parseOptions } from '@/lib/server/http/parse-options';
import { bodyOf, slicesOf } from '@/lib/server/results/slices';
import { listScorings } from '@/lib/server/slides/scoring/scoring-record';
import { regionOf, writeModalities } from './modality-file';
import { openMaterial, type SlideMaterial } from './slide-material';
import { writeSlideFile } from './write-slide-file';

/**
 * Answers GET and HEAD of a file of what was found on a slide. HEAD writes no file.
 *
 * @throws AppError `not_found` for another name, `slide_not_found`, `wrong_state`, `invalid_option`
 */
export async function sendSlideExport(request: Request, id: string, file: string): Promise<Response> {
  const { options } = parseOptions(SlideExportOptions, [...new URL(request.url).searchParams]);
  if (file !== ARCHIVE && file !== MODALITIES_FILE && !isFile(file)) {
    const names = [ARCHIVE, ...SLIDE_FILE_NAMES, MODALITIES_FILE].join(', ');
    throw new AppError('not_found', `A slide has no such file. It has ${names}.`);
  }
  const material = await openMaterial(id, options.features === 'all');
  if (file === MODALITIES_FILE) return sendModalities(request, material, options);
  // What is drawn can be saved at any time; a file of no nuclei would look like a result.
  if (file !== 'regions.geojson' && (await listScorings(material.folderId)).length === 0)
    throw new AppError('wrong_state', 'Nothing of this slide is scored yet. Score a region or the slide first.');
  if (file === ARCHIVE) {
    const headers = headersOf('application/zip', archiveName({ sample: null, createdAt: material.createdAt }));
    if (request.method === 'HEAD') return new Response(null, { headers });
    return new Response(bodyOf(writeArchive(archivedFiles(material, options, request.signal))), { headers });
  }
  const headers = headersOf(SLIDE_FILE_TYPES[file], file);
  if (request.method === 'HEAD') return new Response(null, { headers });
  const content = await writeSlideFile(file, material, options, request.signal);
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    return new Response(bodyOf(content[Symbol.asyncIterator]()), { headers });
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  headers.set('Content-Length', String(bytes.length));
  return new Response(bodyOf(slicesOf(bytes)), { headers });
}

async function sendModalities(
  request: Request,
  material: SlideMaterial,
  options: SlideExportOptions,
): Promise<Response> {
  const headers = headersOf('image/tiff', MODALITIES_FILE);
  if (request.method === 'HEAD') {
    regionOf(material, options);
    return new Response(null, { headers });
  }
  const { bytes, body } = await writeModalities(material, options, request.signal);
  headers.set('Content-Length', String(bytes));
  return new Response(bodyOf(body), { headers });
}

const isFile = (file: string): file is SlideFileName => Object.hasOwn(SLIDE_FILE_TYPES, file);

/** Each is written when it is its turn. */
const archivedFiles = (material: SlideMaterial, options: SlideExportOptions, signal: AbortSignal): ArchivedFile[] =>
  SLIDE_FILE_NAMES.map((name) => ({ name, read: () => writeSlideFile(name, material, options, signal) }));

const headersOf = (type: string, file: string) =>
  new Headers({
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${file}"`,
    // Deleted means gone: no cache on the way may still have it. Nor may anybody compress what is sent.
    'Cache-Control': 'no-store, no-transform',
    'X-Content-Type-Options': 'nosniff',
  });
