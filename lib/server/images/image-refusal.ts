import 'server-only';
import { AppError } from '@/lib/errors';
import { COMMON_FORMATS } from './sniff-format';

/** The error for a file that the common reader does not read. */
export const imageRefusal = (reason: string, cause?: unknown) =>
  new AppError(
    'unreadable_image',
    `No reader opens this file. Common formats (${COMMON_FORMATS.join(', ')}): ${reason}.`,
    {
      cause,
    },
  );

/** The first line of a decoder's message. It names structures of the format, and nothing that the file's author wrote. */
export function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  // Some end with a colon, before a second line that is dropped.
  return line
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 120)
    .replace(/[\s:;,.]+$/, '');
}
