import { InferResult } from '@/lib/contracts/infer';
import { encodeOptions, type InferRequestOptions } from '@/lib/contracts/options';
import { Problem } from '@/lib/contracts/problem';
import { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { AppError } from '@/lib/errors';

const TASKS = '/api/batch/infer';
const POLL_MS = 700;
/** Polls that may fail in a row (a server restarting, a lost network) before a wait is given up. */
const MAX_FAILED_POLLS = 8;

export type UploadOptions = {
  onUploadProgress?: ((fraction: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Uploads an image and queues its analysis.
 *
 * By XMLHttpRequest, since fetch reports no upload progress.
 *
 * @throws AppError with the server's code, or `unreachable`; the signal's reason when aborted.
 */
export async function submitImage(
  file: Blob,
  options: InferRequestOptions,
  { onUploadProgress, signal }: UploadOptions = {},
): Promise<{ taskId: string }> {
  const form = new FormData();
  for (const [name, text] of encodeOptions(options)) form.append(name, text);
  // A fixed name: what the user called the file is nobody's business.
  form.append('img', file, 'image');

  const body = await new Promise<string>((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal?.addEventListener('abort', abort);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onUploadProgress?.(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.responseText);
      else reject(toAppError(request.status, request.responseText, request.getResponseHeader('Retry-After')));
    };
    request.onerror = () => reject(new AppError('unreachable', 'The connection was lost while the image was sent.'));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    request.open('POST', TASKS);
    request.send(form);
  });
  return { taskId: TaskAccepted.parse(JSON.parse(body)).task_id };
}

export type PollOptions = {
  signal?: AbortSignal | undefined;
  onUpdate?: ((status: TaskStatus) => void) | undefined;
};

/**
 * Waits for a task and gives its result.
 *
 * @throws AppError with the code of the task's failure, `cancelled` when it was revoked, `task_not_found`, or
 * `unreachable` after several failed polls in a row; the signal's reason when aborted.
 */
export async function pollTask(taskId: string, { signal, onUpdate }: PollOptions = {}): Promise<InferResult> {
  let failures = 0;
  for (;;) {
    let wait = POLL_MS;
    try {
      const status = TaskStatus.parse(await (await call(`${TASKS}/${taskId}`, { signal })).json());
      failures = 0;
      onUpdate?.(status);
      if (status.state === 'SUCCESS') return InferResult.parse(status.result);
      if (status.state === 'REVOKED') throw new AppError('cancelled', 'The analysis was cancelled.');
      if (status.state === 'FAILURE') throw problemToError(status.error);
    } catch (error) {
      if (!isPassing(error) || ++failures > MAX_FAILED_POLLS) throw error;
      wait = (error.retryAfterSeconds ?? Math.min(failures, 5)) * 1000;
    }
    await delay(wait, signal);
  }
}

/** Cancels a task that waits or runs; one that is finished or unknown is left as it is. */
export async function cancelTask(taskId: string): Promise<void> {
  try {
    await call(`${TASKS}/${taskId}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'task_not_found') throw error;
  }
}

async function call(url: string, init: { method?: string; signal?: AbortSignal | undefined }): Promise<Response> {
  const { method = 'GET', signal = null } = init;
  let response: Response;
  try {
    response = await fetch(url, { method, signal, cache: 'no-store' });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new AppError('unreachable', 'The server did not answer.', { cause });
  }
  if (!response.ok) throw toAppError(response.status, await response.text(), response.headers.get('Retry-After'));
  return response;
}

function toAppError(status: number, body: string, retryAfter: string | null): AppError {
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
  });
}

/** Whether the same request may well succeed a little later. */
function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'unreachable' || error.code === 'rate_limited');
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
