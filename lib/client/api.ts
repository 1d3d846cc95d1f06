import { InferResult } from '@/lib/contracts/infer';
import { encodeOptions, type InferRequestOptions } from '@/lib/contracts/options';
import { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { AppError } from '@/lib/errors';
import { delay, isPassing, pauseAfter, problemToError, request, toAppError } from './http';

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
    const sending = new XMLHttpRequest();
    const abort = () => sending.abort();
    signal?.addEventListener('abort', abort);
    sending.upload.onprogress = (event) => {
      if (event.lengthComputable) onUploadProgress?.(event.loaded / event.total);
    };
    sending.onload = () => {
      if (sending.status >= 200 && sending.status < 300) resolve(sending.responseText);
      else reject(toAppError(sending.status, sending.responseText, sending.getResponseHeader('Retry-After')));
    };
    sending.onerror = () => reject(new AppError('unreachable', 'The connection was lost while the image was sent.'));
    sending.onabort = () => reject(signal?.reason);
    sending.onloadend = () => signal?.removeEventListener('abort', abort);
    sending.open('POST', TASKS);
    sending.send(form);
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
      const status = TaskStatus.parse(await (await request(`${TASKS}/${taskId}`, { signal })).json());
      failures = 0;
      onUpdate?.(status);
      if (status.state === 'SUCCESS') return InferResult.parse(status.result);
      if (status.state === 'REVOKED') throw new AppError('cancelled', 'The analysis was cancelled.');
      if (status.state === 'FAILURE') throw problemToError(status.error);
    } catch (error) {
      if (!isPassing(error) || ++failures > MAX_FAILED_POLLS) throw error;
      wait = pauseAfter(error, failures);
    }
    await delay(wait, signal);
  }
}

/** Cancels a task that waits or runs; one that is finished or unknown is left as it is. */
export async function cancelTask(taskId: string): Promise<void> {
  try {
    await request(`${TASKS}/${taskId}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'task_not_found') throw error;
  }
}
