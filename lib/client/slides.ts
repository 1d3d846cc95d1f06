import { type CreateSlide, type IngestSlide, Slide, slidePaths } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';
import { confirmConnection, doubtConnection } from './connection';
import { ask, delay, isPassing, pauseAfter, request } from './http';

const POLL_MS = 700;
/** Failed polls in a row (restart of the server, lost network) after which waiting ends. */
const MAX_FAILED_POLLS = 20;
const ACTIVE: readonly Slide['state'][] = ['queued', 'running'];

type Signal = { signal?: AbortSignal | undefined };

export const createSlide = (body: CreateSlide): Promise<Slide> =>
  ask(Slide, slidePaths.create, { method: 'POST', body });

export const getSlide = (id: string, { signal }: Signal = {}): Promise<Slide> =>
  ask(Slide, slidePaths.one(id), { signal });

/** Queues the writing of the copy that is kept, of the image that is chosen. */
export const ingestSlide = (id: string, body: IngestSlide = {}): Promise<Slide> =>
  ask(Slide, slidePaths.ingest(id), { method: 'POST', body });

/** Makes a slide of a file that was sent for an analysis, and begins to write its copy. */
export async function keepAsSlide(analysis: string, chosen: IngestSlide = {}): Promise<Slide> {
  const { id } = await createSlide({ analysis });
  return ingestSlide(id, chosen);
}

export const cancelIngest = (id: string): Promise<Slide> => ask(Slide, slidePaths.cancel(id), { method: 'POST' });

export const keepSlide = (id: string, hours: number): Promise<Slide> =>
  ask(Slide, slidePaths.retention(id), { method: 'PUT', body: { hours } });

/** Deletes a slide with all that there is of it. */
export async function deleteSlide(id: string): Promise<void> {
  await request(slidePaths.one(id), { method: 'DELETE' });
}

/**
 * Polls a slide until it is neither queued nor running.
 *
 * @throws AppError `slide_not_found`, or `unreachable` after many failed polls in a row; the signal's reason
 */
export async function followSlide(
  id: string,
  { signal, onUpdate }: Signal & { onUpdate: (slide: Slide) => void },
): Promise<Slide> {
  for (let failures = 0; ; ) {
    try {
      const slide = await getSlide(id, { signal });
      failures = 0;
      onUpdate(slide);
      if (!ACTIVE.includes(slide.state)) return slide;
      await delay(POLL_MS, signal);
    } catch (error) {
      if (!isPassing(error) || ++failures > MAX_FAILED_POLLS) throw error;
      await delay(pauseAfter(error, failures), signal);
    }
  }
}

/**
 * Reads bytes of a slide's pyramid by its signed address, which is asked for anew once it has expired.
 *
 * @throws AppError `storage_unavailable` where the server of the address ignores ranges, `slide_not_found`, `unreachable`;
 *   the signal's reason
 */
export function rangeReader(slide: Slide) {
  let address = slide.pyramid?.url ?? '';
  /** Of all readers whose address has expired at the same moment, one asks. */
  let renewing: Promise<string> | null = null;
  const renew = (expired: string): Promise<string> => {
    if (expired !== address) return Promise.resolve(address);
    renewing ??= getSlide(slide.id)
      .then(({ pyramid }) => {
        address = pyramid?.url ?? address;
        return address;
      })
      .finally(() => {
        renewing = null;
      });
    return renewing;
  };
  return async (offset: number, length: number, signal?: AbortSignal): Promise<ArrayBuffer> => {
    const used = address;
    const answer = await getRange(used, offset, length, signal);
    if (answer.status !== 403) return bytesOf(answer, length);
    return bytesOf(await getRange(await renew(used), offset, length, signal), length);
  };
}

async function getRange(url: string, offset: number, length: number, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { Range: `bytes=${offset}-${offset + length - 1}` },
      signal: signal ?? null,
      cache: 'no-store',
    });
  } catch (cause) {
    signal?.throwIfAborted();
    doubtConnection();
    throw new AppError('unreachable', 'The storage did not answer.', { cause });
  }
}

async function bytesOf(answer: Response, length: number): Promise<ArrayBuffer> {
  if (answer.status === 206) {
    confirmConnection();
    const bytes = await answer.arrayBuffer();
    if (bytes.byteLength === length) return bytes;
    throw new AppError('unreachable', `Of ${length} bytes of the slide ${bytes.byteLength} came.`);
  }
  // A slide has gigabytes: what is not a part of it is not read.
  await answer.body?.cancel();
  if (answer.status === 200)
    throw new AppError(
      'storage_unavailable',
      'The storage ignores ranges: it sends the whole slide where a part was asked for. A server that passes Range on is needed.',
    );
  throw new AppError('unreachable', `The storage answered ${answer.status}.`);
}
