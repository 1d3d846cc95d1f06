import 'server-only';
import { getEnv } from '@/lib/server/env';
import { PixelLine } from '@/lib/server/jobs/pixel-line';
import { processWide } from '@/lib/server/process-wide';

/** Uploads that are read at once, each with what it unpacks to. */
export const FILES_AT_ONCE = 4;
/** Checks and updates at once, each of which holds a few pictures of its image's size. */
const PICTURES_AT_ONCE = 2;

/**
 * Does work of seconds on pictures that a request waits for: checking an upload, updating a score. Its limits are those
 * of the analyses, but it has a line of its own and does not wait behind them.
 *
 * This is no job, since it belongs to the request: it needs no id, and nothing of it is left when the server ends.
 *
 * @throws AppError `queue_full`, or what the work throws
 */
export const workOnPictures = <Result>(pixels: number, work: () => Promise<Result>): Promise<Result> =>
  processWide('picture-line', () => createLine(PICTURES_AT_ONCE)).run({ pixels }, work);

/** The same for an upload that is read; the work may itself wait for its turn to work on pictures. */
export const workOnFile = <Result>(work: () => Promise<Result>): Promise<Result> =>
  processWide('file-line', () => createLine(FILES_AT_ONCE)).run({ pixels: 0 }, work);

const createLine = (atOnce: number) => new PixelLine({ ...getEnv().jobs, concurrentImages: atOnce });
