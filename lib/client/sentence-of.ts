import { AppError } from '@/lib/errors';

/** What to tell a person about a failure of a request. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  console.error(error);
  return 'The page failed to read the answer of the server.';
}
