import { AppError } from '@/lib/errors';

/** Whether a script of the page could not be loaded. Bundler and browsers have different messages. */
export const isMissingScript = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ChunkLoadError' || /load chunk|dynamically imported module|module script/i.test(error.message));

/** A sentence for the user about a failed request or a fault of the page. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  if (isMissingScript(error))
    return 'A part of this page could not be loaded. Check the connection and try again, or reload the page.';
  console.error(error);
  return 'The page could not read the answer of the server.';
}
