import {
  Analysis,
  type AnalysisState,
  analysisPaths,
  CreateAnalysis,
  type Feedback,
  type SaveDraft,
  type ShowImage,
  type StartAnalysis,
  type UpdateScoring,
} from '@/lib/contracts/analysis';
import type { Upload } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { delay, isPassing, pauseAfter, type RequestOptions, request } from './http';
import { sendParts } from './send-parts';

const POLL_MS = 700;
/** Polls that may fail in a row (a server restarting, a lost network) before a wait is given up. */
const MAX_FAILED_POLLS = 20;
const ACTIVE: readonly AnalysisState[] = ['queued', 'running'];

type Signal = { signal?: AbortSignal | undefined };
export type UploadOptions = Signal & {
  /** From 0 to 1, of the bytes that are sent. */
  onProgress?: ((fraction: number) => void) | undefined;
  /** As soon as the analysis has an id, before a byte is sent. */
  onCreated?: ((analysis: Analysis) => void) | undefined;
  /** When all is sent and the server begins to look at it. */
  onVerifying?: (() => void) | undefined;
  /** When the server cannot look at it yet, and is asked again: why. */
  onDelayed?: ((reason: string) => void) | undefined;
};

/**
 * Sends an image and has it verified. What the user called the file is not sent.
 *
 * @returns the analysis, `ready` to be started
 * @throws AppError with the server's code (`terms_not_accepted`, `upload_too_large`, `unreadable_image`, ...) or
 * `unreachable`; the signal's reason when aborted
 */
export async function uploadImage(file: Blob, options: UploadOptions = {}): Promise<Analysis> {
  const { signal, onProgress, onCreated, onVerifying, onDelayed } = options;
  const body = { bytes: file.size, type: mediaType(file) };
  const created = await ask(analysisPaths.create, { method: 'POST', body, signal });
  onCreated?.(created);
  const refresh = async () => uploadOf(await ask(analysisPaths.upload(created.id), { signal }));
  await sendParts(file, uploadOf(created), { refresh, onProgress, signal });
  onVerifying?.();
  return patiently((s) => ask(analysisPaths.verify(created.id), { method: 'POST', signal: s }), signal, onDelayed);
}

/** Begins an analysis of a shipped sample: `ready` to be started, as after an upload. */
export const openSample = (sample: string, { signal }: Signal = {}): Promise<Analysis> =>
  ask(analysisPaths.create, { method: 'POST', body: { sample }, signal });

export const getAnalysis = (id: string, { signal }: Signal = {}): Promise<Analysis> =>
  ask(analysisPaths.one(id), { signal });

/** Makes the thumbnail of another image or focal plane of a file that offers several. */
export const showImage = (id: string, body: ShowImage): Promise<Analysis> =>
  ask(analysisPaths.shown(id), { method: 'PUT', body });

/** Queues the analysis; answers at once, or when the pixels of a slide's part are read. */
export const startAnalysis = (id: string, body: StartAnalysis): Promise<Analysis> =>
  ask(analysisPaths.start(id), { method: 'POST', body });

export const cancelAnalysis = (id: string): Promise<Analysis> => ask(analysisPaths.cancel(id), { method: 'POST' });

export const retryAnalysis = (id: string): Promise<Analysis> => ask(analysisPaths.retry(id), { method: 'POST' });

/** Has the final pictures and numbers made with these parameters, and waits for them. */
export const updateScoring = (id: string, body: UpdateScoring, { signal }: Signal = {}): Promise<Analysis> =>
  ask(analysisPaths.scoring(id), { method: 'PUT', body, signal });

/** Keeps changes that are not written yet, for every browser that opens the result. */
export const saveDraft = (id: string, body: SaveDraft, { signal }: Signal = {}): Promise<Analysis> =>
  ask(analysisPaths.draft(id), { method: 'PUT', body, signal });

export async function deleteDraft(id: string, { signal }: Signal = {}): Promise<void> {
  await request(analysisPaths.draft(id), { method: 'DELETE', signal });
}

export const saveFeedback = (id: string, body: Feedback): Promise<Analysis> =>
  ask(analysisPaths.feedback(id), { method: 'PUT', body });

/** Removes every trace of an analysis. */
export async function deleteAnalysis(id: string): Promise<void> {
  await request(analysisPaths.one(id), { method: 'DELETE' });
}

/**
 * Follows an analysis until it no longer waits or runs: then it is `done`, `failed` (with its `problem`), `cancelled`,
 * or not started.
 *
 * @throws AppError `analysis_not_found`, or `unreachable` after many failed polls in a row; the signal's reason
 */
export async function followAnalysis(
  id: string,
  { signal, onUpdate }: Signal & { onUpdate?: ((analysis: Analysis) => void) | undefined } = {},
): Promise<Analysis> {
  for (;;) {
    const analysis = await patiently((s) => getAnalysis(id, { signal: s }), signal);
    onUpdate?.(analysis);
    if (!ACTIVE.includes(analysis.state)) return analysis;
    await delay(POLL_MS, signal);
  }
}

/** Asks again while the failure is one that passes. */
async function patiently<T>(
  work: (signal: AbortSignal | undefined) => Promise<T>,
  signal: AbortSignal | undefined,
  onDelayed?: (reason: string) => void,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work(signal);
    } catch (error) {
      if (!isPassing(error) || failures > MAX_FAILED_POLLS) throw error;
      onDelayed?.(error.detail);
      await delay(pauseAfter(error, failures), signal);
    }
  }
}

async function ask(url: string, options: RequestOptions): Promise<Analysis> {
  const answer = Analysis.safeParse(await (await request(url, options)).json());
  if (answer.success) return answer.data;
  throw new AppError('internal', 'The server gave an answer that this page does not understand. Reload the page.', {
    cause: answer.error,
  });
}

function uploadOf(analysis: Analysis): Upload {
  if (analysis.upload) return analysis.upload;
  throw new AppError('internal', 'The server did not say where the image goes.');
}

/** What the browser makes of the file; whatever it is, the server looks at the bytes. */
function mediaType(file: Blob): string {
  const type = file.type.toLowerCase();
  return CreateAnalysis.safeParse({ bytes: 1, type }).success ? type : 'application/octet-stream';
}
