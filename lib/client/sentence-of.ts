import { AppError } from '@/lib/errors';

/** A part of the page that did not come, by what the bundler and the browsers call it. */
export const isMissingScript = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ChunkLoadError' || /load chunk|dynamically imported module|module script/i.test(error.message));

/** What to tell a person about a failure of a request, or of the page itself. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  if (isMissingScript(error))
    return 'A part of this page could not be loaded. Check the connection and try again, or reload the page.';
  console.error(error);
  return 'The page failed to read the answer of the server.';
}
