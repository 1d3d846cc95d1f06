import 'server-only';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { clientAddress } from './address';
import { type ByteLease, takeByteLease } from './byte-lease';
import { readMultipart } from './multipart';
import { parseOptions } from './parse-options';
import { pointerTo } from './problem-answer';

/** Names of the file parts that a request may have, and whether it must have them. */
export type FileParts<Name extends string> = Record<Name, 'required' | 'optional'>;

export type ReceivedUpload<Options, Name extends string> = {
  options: Options;
  /** The options as text, from which the schema makes `options` again. */
  given: Record<string, string>;
  files: Partial<Record<Name, Uint8Array>>;
  /** Counts the bytes of the files. Whoever releases the files releases it. */
  lease: ByteLease;
};

/**
 * Reads the options (query and form fields) and the files of a request.
 *
 * Options in the query are checked first, so that a misspelt one does not cost an upload.
 */
export async function readUpload<Schema extends z.ZodObject, Name extends string>(
  request: Request,
  schema: Schema,
  wanted: FileParts<Name>,
): Promise<ReceivedUpload<z.output<Schema>, Name>> {
  const query = [...new URL(request.url).searchParams];
  parseOptions(schema, query);
  const names = Object.keys(wanted) as Name[];
  const lease = takeByteLease(clientAddress(request));
  try {
    const parts = await readMultipart(request, {
      maxBytes: getEnv().limits.uploadBytes,
      fileNames: names,
      onBytes: (bytes) => lease.grow(bytes),
    });
    const missing = names.flatMap((name) => {
      const bytes = parts.files.get(name);
      if (bytes === undefined && wanted[name] === 'optional') return [];
      if (bytes !== undefined && bytes.byteLength > 0) return [];
      const detail = bytes === undefined ? 'this file part is missing' : 'this file is empty';
      return [{ pointer: pointerTo([name]), detail }];
    });
    if (missing.length > 0)
      throw new AppError('missing_part', missing.map((m) => `${m.pointer.slice(1)}: ${m.detail}`).join('; '), {
        fields: missing,
      });
    const files = Object.fromEntries(parts.files) as ReceivedUpload<unknown, Name>['files'];
    return { ...parseOptions(schema, [...query, ...parts.fields]), files, lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}
