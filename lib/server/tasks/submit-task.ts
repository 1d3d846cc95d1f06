import 'server-only';
import type { InferOptions, PostprocessOptions } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import type { ReceivedUpload } from '@/lib/server/http/read-upload';
import { startEngine } from '@/lib/server/inference/engine';
import { getOwnQueue } from '@/lib/server/jobs';
import type { ImageDescription } from '@/lib/server/readers/read-image';
import type { ComposedResult } from '@/lib/server/results/compose-result';
import { dropHeldFile, heldFile, holdUpload, releaseUpload } from './held-uploads';
import { INFER_JOB } from './infer-job';
import { POSTPROCESS_JOB } from './postprocess-job';
import { answerBytes, REMOTE_INFER_JOB, remoteQueue } from './remote-infer';
import { pixelSizeOf } from './task-options';
import { endOfTask } from './task-queues';

/** Checks an image's header, queues its analysis, and gives the job's id. */
export async function submitInference({
  options,
  given,
  files,
  lease,
}: ReceivedUpload<InferOptions, 'img'>): Promise<string> {
  return whileHeld({ files, options, lease }, async (upload) => {
    // An unknown model is the caller's mistake: said now.
    const { manifest } = (await startEngine()).modelRef(options.model);
    const { image, bytes } = heldFile(upload, 'img');
    const img = await image.describe();
    pixelSizeOf(options, img); // So is a level whose pixels are too large.
    const pixels = img.width * img.height;
    if (getEnv().jobs.isRemote) {
      // A worker's own default may be another model.
      const data = { options: { ...given, model: manifest.name } };
      const size = { pixels, answerBytes: answerBytes(pixels, options) };
      const id = await remoteQueue().submitWith(bytes, REMOTE_INFER_JOB, data, size);
      dropHeldFile(upload, 'img');
      return id;
    }
    return getOwnQueue<ComposedResult>().submit(INFER_JOB, { upload, options: given }, { pixels });
  });
}

/** The same for maps that were inferred earlier. */
export async function submitPostprocess({
  options,
  given,
  files,
  lease,
}: ReceivedUpload<PostprocessOptions, 'img' | 'seg_img' | 'marker_img'>): Promise<string> {
  return whileHeld({ files, options, lease }, async (upload) => {
    const readHeader = (name: keyof typeof files) => heldFile(upload, name).image.describe();
    const hasMarker = files.marker_img !== undefined;
    const img = await readHeader('img');
    const seg = await readHeader('seg_img');
    const marker = hasMarker && (await readHeader('marker_img'));
    assertSameSizes({ img, seg_img: seg, ...(marker && { marker_img: marker }) });
    pixelSizeOf(options, img, seg);
    const pixels = img.width * img.height;
    return getOwnQueue<ComposedResult>().submit(POSTPROCESS_JOB, { upload, options: given, hasMarker }, { pixels });
  });
}

/** Holds an upload until the job that `submit` makes of it has ended, or until `submit` fails. */
async function whileHeld(
  upload: Parameters<typeof holdUpload>[0],
  submit: (upload: string) => Promise<string>,
): Promise<string> {
  const held = holdUpload(upload);
  const release = () => releaseUpload(held);
  try {
    const job = await submit(held);
    void endOfTask(job).then(release, release);
    return job;
  } catch (error) {
    release();
    throw error;
  }
}

function assertSameSizes(headers: Record<string, ImageDescription>): void {
  const sizes = Object.entries(headers).map(([name, { width, height }]) => ({ name, size: `${width} x ${height}` }));
  const first = sizes[0];
  const others = sizes.filter(({ size }) => size !== first?.size);
  if (others.length === 0) return;
  const fields = others.map(({ name, size }) => ({
    pointer: `/${name}`,
    detail: `${size} pixels, where ${first?.name} has ${first?.size}`,
  }));
  const list = sizes.map(({ name, size }) => `${name} has ${size} pixels`).join(', ');
  throw new AppError('size_mismatch', `All files must be of one size: ${list}.`, { fields });
}
