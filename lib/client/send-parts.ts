import type { Upload, UploadPart } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { doubtConnection } from './connection';
import { delay, isPassing, pauseAfter } from './http';

const PARTS_AT_ONCE = 3;
/** An upload fails after this many rounds in a row in which no part arrived: more than half a minute. */
const MAX_IDLE_ROUNDS = 8;
/** A connection that moves no byte for this long counts as lost. */
const STALLED_MS = 30_000;

export type SendOptions = {
  /** Asks the server which parts are still missing, with fresh links. */
  refresh: () => Promise<Upload>;
  /** 0 to 1. It falls when a part has to be sent again. */
  onProgress?: ((fraction: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Sends the parts of a file to their links, a few at a time. After a lost connection or an expired link, it asks which parts
 * are missing and sends those.
 *
 * @throws AppError `unreachable`, or the server's refusal; the signal's reason when aborted
 */
export async function sendParts(file: Blob, upload: Upload, options: SendOptions): Promise<void> {
  const { refresh, signal } = options;
  let open = upload;
  let idleRounds = 0;
  while (open.missing.length > 0) {
    const failure = await sendRound(file, open, options);
    if (!failure) return;
    for (;;) {
      try {
        const before = open.missing.length;
        open = await refresh();
        idleRounds = open.missing.length < before ? 0 : idleRounds + 1;
        break;
      } catch (error) {
        if (!isPassing(error) || ++idleRounds > MAX_IDLE_ROUNDS) throw error;
        await delay(pauseAfter(error, idleRounds), signal);
      }
    }
    if (idleRounds > MAX_IDLE_ROUNDS) throw failure;
    if (idleRounds > 0) await delay(pauseAfter(failure, idleRounds), signal);
  }
}

/** Sends every missing part once. Returns why one did not arrive, or null. */
async function sendRound(file: Blob, upload: Upload, { onProgress, signal }: SendOptions): Promise<AppError | null> {
  const missingBytes = upload.missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const sent = new Map<number, number>();
  const report = (part: number, bytes: number) => {
    sent.set(part, bytes);
    const sum = [...sent.values()].reduce((a, b) => a + b, upload.bytes - missingBytes);
    onProgress?.(Math.min(1, sum / upload.bytes));
  };
  const waiting = [...upload.missing];
  let failure: AppError | null = null;
  const lane = async () => {
    for (let part = waiting.shift(); part && !failure; part = waiting.shift()) {
      const { part: position, offset, bytes } = part;
      try {
        await put(part, file.slice(offset, offset + bytes), (loaded) => report(position, loaded), signal);
        report(position, bytes);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        report(position, 0);
        failure = error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, lane));
  const aborted = lanes.find((result) => result.status === 'rejected');
  if (aborted) throw aborted.reason;
  return failure;
}

/** Uses XMLHttpRequest, because fetch reports no upload progress. */
function put(
  { url, method, headers }: UploadPart,
  body: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sending = new XMLHttpRequest();
    const lost = (why: string) => {
      doubtConnection();
      reject(new AppError('unreachable', `${why} while the image was sent.`));
    };
    let stalled: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => {
        lost('The connection stood still');
        sending.abort();
      }, STALLED_MS);
    };
    const abort = () => sending.abort();
    signal?.addEventListener('abort', abort);
    sending.upload.onprogress = ({ loaded }) => {
      watch();
      onSent(loaded);
    };
    sending.onload = () => {
      // The link may have expired: a new one is requested.
      if (sending.status >= 200 && sending.status < 300) resolve();
      else lost(`The storage answered ${sending.status}`);
    };
    sending.onerror = () => lost('The connection was lost');
    sending.onabort = () => reject(signal?.reason);
    sending.onloadend = () => {
      clearTimeout(stalled);
      signal?.removeEventListener('abort', abort);
    };
    sending.open(method, url);
    for (const [name, value] of Object.entries(headers)) sending.setRequestHeader(name, value);
    watch();
    sending.send(body);
  });
}
