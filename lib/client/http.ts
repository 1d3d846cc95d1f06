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
 * Sends a request to the server.
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

type Schema<T> = { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: unknown } };

/** Sends a request, and reads its answer. @throws AppError as `request`; `internal` where the page is older than the server */
export async function ask<T>(schema: Schema<T>, url: string, options?: RequestOptions): Promise<T> {
  return understand(schema, await (await request(url, options)).json());
}

export function understand<T>(schema: Schema<T>, value: unknown): T {
  const answer = schema.safeParse(value);
  if (answer.success) return answer.data;
  throw new AppError('internal', 'The page does not understand the answer of the server. Reload the page.', {
    cause: answer.error,
  });
}

/** The error in an answer's body. */
export function toAppError(status: number, body: string, retryAfter: string | null): AppError {
  try {
    return problemToError(Problem.parse(JSON.parse(body)), retryAfter);
  } catch (cause) {
    // Not an answer of Restain, but for example of a proxy whose server is down.
    return new AppError('unreachable', `The answer (status ${status}) does not come from Restain.`, { cause });
  }
}

function problemToError(problem: Problem | undefined, retryAfter: string | null = null): AppError {
  if (problem === undefined) return new AppError('internal', 'The analysis failed. The server gave no reason.');
  const seconds = Number(retryAfter);
  return new AppError(problem.code, problem.detail, {
    ...(problem.errors && { fields: problem.errors }),
    ...(seconds > 0 && { retryAfterSeconds: seconds }),
    ...(problem.current_revision !== undefined && { currentRevision: problem.current_revision }),
  });
}

/** Whether the same request can succeed a little later. */
export function isPassing(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    ['unreachable', 'rate_limited', 'storage_unavailable', 'reader_unavailable'].includes(error.code)
  );
}

/** Milliseconds to wait after this many failures in a row. */
export const pauseAfter = (error: AppError, failures: number) =>
  (error.retryAfterSeconds ?? Math.min(failures, 5)) * 1000;

/**
 * Waits before a request is repeated. While the browser is offline it keeps waiting, and it ends as soon as the browser is
 * online again.
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
