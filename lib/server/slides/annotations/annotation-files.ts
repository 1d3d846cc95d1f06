import 'server-only';
import {
  ANNOTATION_FILE_TYPES,
  type AnnotationClass,
  type AnnotationFormat,
  type ImportedAnnotations,
  MAX_ANNOTATION_FILE_BYTES,
  SaveAnnotations,
} from '@/lib/contracts/annotation';
import { annotationsToGeojson, annotationsToImageScope } from '@/lib/contracts/annotation-files';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import { readTextBody } from '@/lib/server/http/json-body';
import { optionsError } from '@/lib/server/http/problem-answer';
import { FairLine } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import { readSettings } from '@/lib/server/slides/scoring/settings';
import { openForEditing, openSlideRecord } from '@/lib/server/slides/stored-slide';
import { isOutOfMemory, Late, runAlone } from '@/workers/pool';
import type { RegionsPayload, RegionsReply } from '@/workers/protocol';
import { newestOf, openReady, saveAnnotations } from './stored-annotations';

/** The largest files take 2 s on an idle core; one whose lines cross without end takes for ever. */
const READ_LIMITS = { seconds: 30, heapMegabytes: 512 };
const LINE = { places: 1, waiting: 32, what: 'files of annotations wait to be read', retrySeconds: 5 };
/** Of others who save while the file is added. */
const TRIES = 8;

/** The newest annotations as a file for another program. @throws AppError `slide_not_found`, `wrong_state` */
export async function writeAnnotations(id: string, format: Exclude<AnnotationFormat, 'json'>): Promise<Response> {
  const access = await openSlideRecord(id);
  const { width, height, microns_per_pixel: stated } = await openReady(access);
  const { annotations } = await newestOf(access);
  const micronsPerPixel = (await readSettings(access.record.id)).microns_per_pixel ?? stated;
  const slide = { width, height, micronsPerPixel };
  const [body, type, name] =
    format === 'geojson'
      ? [JSON.stringify(annotationsToGeojson(annotations, slide)), 'application/geo+json', 'annotations.geojson']
      : [annotationsToImageScope(annotations, slide), 'application/xml', 'annotations.xml'];
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Content-Disposition': `attachment; filename="${name}"`,
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/**
 * Adds the regions of a file of QuPath, ImageScope or Restain to the annotations of a slide.
 *
 * @param unclassified - the class of regions that have none
 * @throws AppError `malformed_request` with what was expected and found, `invalid_option` where there would be too many,
 *   `upload_too_large`, `queue_full`, `worker_crashed`, `read_only`, `slide_not_found`, `wrong_state`
 */
export async function addAnnotations(
  id: string,
  request: Request,
  unclassified: AnnotationClass,
): Promise<ImportedAnnotations> {
  const access = { id, record: await openForEditing(id), mayEdit: true };
  const { width, height } = await openReady(access);
  const text = await readTextBody(request, ANNOTATION_FILE_TYPES, MAX_ANNOTATION_FILE_BYTES);
  const read = await readAlone({ text, slide: { x0: 0, y0: 0, x1: width, y1: height }, unclassified });
  for (let tries = 1; ; tries++) {
    const { revision, annotations } = await newestOf(access);
    const all = SaveAnnotations.safeParse({
      base_revision: revision,
      annotations: [...annotations, ...read.annotations],
    });
    if (!all.success) throw optionsError(all.error, []);
    try {
      const saved = await saveAnnotations(id, all.data);
      return { ...saved, ids: read.annotations.map((one) => one.id), message: read.words };
    } catch (error) {
      const isBeaten = error instanceof AppError && error.code === 'revision_conflict';
      if (!isBeaten || tries === TRIES) throw error;
    }
  }
}

/**
 * Reads a file in a thread of its own.
 *
 * @throws AppError `malformed_request` for a file that says nothing, takes too long or too much memory; `worker_crashed` where
 *   the thread fails for another reason
 */
export async function readAlone(payload: RegionsPayload, limits = READ_LIMITS): Promise<Exclude<RegionsReply, string>> {
  const line = processWide('annotation-files', () => new FairLine(LINE));
  const place = await line.enter({ client: currentClient() });
  try {
    const read = await runAlone<RegionsPayload, RegionsReply>('regions', payload, limits);
    if (typeof read !== 'string') return read;
    throw notTaken(read.replace(/\.$/, ''));
  } catch (error) {
    const { seconds, heapMegabytes } = limits;
    if (error instanceof Late)
      throw notTaken(
        `its outlines could not be untangled within ${seconds} s. They cross themselves or one another too often`,
        error,
      );
    if (isOutOfMemory(error))
      throw notTaken(`reading it takes more than ${heapMegabytes} MB of memory. Divide it into several files`, error);
    throw error;
  } finally {
    place.leave();
  }
}

const notTaken = (why: string, cause?: unknown) =>
  new AppError('malformed_request', `The file was not taken: ${why}.`, { cause });
