import {
  Analysis,
  type AnalysisState,
  analysisPaths,
  CreateAnalysis,
  type Feedback,
  hasPictureChoice,
  LikelyMagnification,
  type SaveDraft,
  type ScoringParameters,
  type ShowImage,
  type StartAnalysis,
  type UpdateScoring,
} from '@/lib/contracts/analysis';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import type { Upload } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { ask, delay, isPassing, pauseAfter, request } from './http';
import { browserMemory, forgetRecent } from './recent';
import { sendParts } from './send-parts';

const POLL_MS = 700;
/** Failed polls in a row (restart of the server, lost network) after which waiting ends. */
const MAX_FAILED_POLLS = 20;
const ACTIVE: readonly AnalysisState[] = ['queued', 'running'];

type Signal = { signal?: AbortSignal | undefined };
export type UploadOptions = Signal & {
  /** 0 to 1: the share of bytes that are sent. */
  onProgress?: ((fraction: number) => void) | undefined;
  /** Called when the analysis has an id, before the first byte is sent. */
  onCreated?: ((analysis: Analysis) => void) | undefined;
  /** Called when all bytes are sent and the server starts to check them. */
  onVerifying?: (() => void) | undefined;
  /** Called with the reason when the server cannot check the image yet. It is asked again. */
  onDelayed?: ((reason: string) => void) | undefined;
};

/**
 * Uploads an image and waits until the server has checked it. The file's name is not sent.
 *
 * @returns the analysis, `ready` to be started
 * @throws AppError with the server's code (`terms_not_accepted`, `upload_too_large`, `unreadable_image`, ...) or
 *   `unreachable`; the signal's reason when aborted
 */
export async function uploadImage(file: Blob, options: UploadOptions = {}): Promise<Analysis> {
  const created = await createAnalysis(file, options);
  options.onCreated?.(created);
  return sendImage(created, file, options);
}

/** Begins an analysis of an image that is still to be sent. */
export const createAnalysis = (file: Blob, { signal }: Signal = {}): Promise<Analysis> =>
  ask(Analysis, analysisPaths.create, { method: 'POST', body: { bytes: file.size, type: mediaType(file) }, signal });

/** Sends what is missing of an image, and waits until the server has checked it. */
export async function sendImage(
  created: Analysis,
  file: Blob,
  { signal, onProgress, onVerifying, onDelayed }: UploadOptions = {},
): Promise<Analysis> {
  const refresh = async () => uploadOf(await ask(Analysis, analysisPaths.upload(created.id), { signal }));
  const upload = created.upload ?? (await refresh());
  await sendParts(file, upload, { refresh, onProgress, signal });
  onVerifying?.();
  return patiently(
    (s) => ask(Analysis, analysisPaths.verify(created.id), { method: 'POST', signal: s }),
    signal,
    onDelayed,
  );
}

/** Creates an analysis of a sample. It is `ready`, as after an upload. */
export const openSample = (sample: string, { signal }: Signal = {}): Promise<Analysis> =>
  ask(Analysis, analysisPaths.create, { method: 'POST', body: { sample }, signal });

/**
 * Takes a region of a kept slide as an image of its own, ready to be started.
 *
 * @param slide - id of its edit link or its view link
 * @param region - in whole pixels of its full resolution
 * @param scoring - how it is scored, whoever starts it
 * @throws AppError `image_too_large` with the limit, `invalid_option` outside of the slide, `slide_not_found`
 */
export const takeSlideRegion = (slide: string, region: SlideRegion, scoring: ScoringParameters): Promise<Analysis> =>
  ask(Analysis, analysisPaths.create, { method: 'POST', body: { slide, region, scoring } satisfies CreateAnalysis });

/** Whether the file is a slide of which nothing has to be chosen before it is kept. */
export const isSlideAtOnce = ({ source }: Analysis): boolean =>
  source?.slide != null && !hasPictureChoice(source.slide);

export const getAnalysis = (id: string, { signal }: Signal = {}): Promise<Analysis> =>
  ask(Analysis, analysisPaths.one(id), { signal });

/** Selects another image or focal plane of the file for the thumbnail. */
export const showImage = (id: string, body: ShowImage): Promise<Analysis> =>
  ask(Analysis, analysisPaths.shown(id), { method: 'PUT', body });

/** The magnification that the nuclei of a checked image look like. The server looks at a part of it, in about a second. */
export const likelyMagnification = (id: string, { signal }: Signal = {}): Promise<LikelyMagnification> =>
  ask(LikelyMagnification, analysisPaths.magnification(id), { signal });

/** Queues the analysis. For a part of a slide, the server answers when its pixels are read. */
export const startAnalysis = (id: string, body: StartAnalysis): Promise<Analysis> =>
  ask(Analysis, analysisPaths.start(id), { method: 'POST', body });

export const cancelAnalysis = (id: string): Promise<Analysis> =>
  ask(Analysis, analysisPaths.cancel(id), { method: 'POST' });

export const retryAnalysis = (id: string): Promise<Analysis> =>
  ask(Analysis, analysisPaths.retry(id), { method: 'POST' });

/** Saves the result with these parameters. The server makes pictures and numbers before it answers. */
export const updateScoring = (id: string, body: UpdateScoring, { signal }: Signal = {}): Promise<Analysis> =>
  ask(Analysis, analysisPaths.scoring(id), { method: 'PUT', body, signal });

/** Stores unsaved changes, for every browser that opens the result. */
export const saveDraft = (id: string, body: SaveDraft, { signal }: Signal = {}): Promise<Analysis> =>
  ask(Analysis, analysisPaths.draft(id), { method: 'PUT', body, signal });

export async function deleteDraft(id: string, { signal }: Signal = {}): Promise<void> {
  await request(analysisPaths.draft(id), { method: 'DELETE', signal });
}

export const saveFeedback = (id: string, body: Feedback): Promise<Analysis> =>
  ask(Analysis, analysisPaths.feedback(id), { method: 'PUT', body });

/** Deletes an analysis with all its files, and what this browser remembers of it. */
export async function deleteAnalysis(id: string): Promise<void> {
  await request(analysisPaths.one(id), { method: 'DELETE' });
  forgetRecent(browserMemory(), id);
}

/**
 * Polls an analysis until it is neither queued nor running. It is then `done`, `failed` (with its `problem`), `cancelled`
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

/** Repeats the work while it fails for a reason that passes. */
export async function patiently<T>(
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

function uploadOf(analysis: Analysis): Upload {
  if (analysis.upload) return analysis.upload;
  throw new AppError('internal', 'The server did not say where to send the image.');
}

/** The browser's guess. The server decides by the content. */
function mediaType(file: Blob): string {
  const type = file.type.toLowerCase();
  return CreateAnalysis.safeParse({ bytes: 1, type }).success ? type : 'application/octet-stream';
}
