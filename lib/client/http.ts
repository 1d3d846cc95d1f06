import { Problem } from '@/lib/contracts/problem';
import { AppError } from '@/lib/errors';
import { confirmConnection, doubtConnection, isBrowserOnline } from './connection';

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal | undefined;
};

/**
 * Asks the server.
 *
 * @throws AppError with the server's code, or `unreachable`; the signal's reason when aborted.
 */
export async function request(url: string, { method = 'GET', body, signal }: RequestOptions = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      signal: signal ?? null,
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    doubtConnection();
    const why = isBrowserOnline()
      ? 'The server did not answer.'
      : 'This device is offline: the server was not reached.';
    throw new AppError('unreachable', why, { cause });
  }
  confirmConnection();
  if (!response.ok) throw toAppError(response.status, await response.text(), response.headers.get('Retry-After'));
  return response;
}

/** The failure that an answer's body tells of. */
export function toAppError(status: number, body: string, retryAfter: string | null): AppError {
  try {
    return problemToError(Problem.parse(JSON.parse(body)), retryAfter);
  } catch (cause) {
    // Not from our server: a proxy in between that is up while we are not, say.
    return new AppError('unreachable', `The server answered ${status} in a form that is not its own.`, { cause });
  }
}

function problemToError(problem: Problem | undefined, retryAfter: string | null = null): AppError {
  if (problem === undefined) return new AppError('internal', 'The analysis failed without a reason.');
  const seconds = Number(retryAfter);
  return new AppError(problem.code, problem.detail, {
    ...(problem.errors && { fields: problem.errors }),
    ...(seconds > 0 && { retryAfterSeconds: seconds }),
    ...(problem.current_revision !== undefined && { currentRevision: problem.current_revision }),
  });
}

/** Whether the same request may well succeed a little later. */
export function isPassing(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    ['unreachable', 'rate_limited', 'storage_unavailable', 'reader_unavailable'].includes(error.code)
  );
}

/** How long to wait after so many failures in a row, in ms. */
export const pauseAfter = (error: AppError, failures: number) =>
  (error.retryAfterSeconds ?? Math.min(failures, 5)) * 1000;

/**
 * Waits before something is asked again: not into the time that the browser is offline, and no longer than until it is
 * online again, so that an hour without a network costs one failure, and nobody waits once it is back.
 *
 * @throws the signal's reason when aborted
 */
export function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      globalThis.removeEventListener?.('online', go);
      settle();
    };
    const go = end(resolve);
    const stop = end(() => reject(signal?.reason));
    const timer = setTimeout(() => isBrowserOnline() && go(), ms);
    signal?.addEventListener('abort', stop, { once: true });
    globalThis.addEventListener?.('online', go, { once: true });
  });
}
