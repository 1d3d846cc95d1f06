import 'server-only';
import type { z } from 'zod';
import { FLAGS } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { type ByteLease, takeByteLease } from './byte-lease';
import { readMultipart } from './multipart';
import { optionsError, pointerTo } from './problem';

/** Names of the file parts that a request may have, and whether it must. */
export type FileParts<Name extends string> = Record<Name, 'required' | 'optional'>;

export type Upload<Options, Name extends string> = {
  options: Options;
  files: Partial<Record<Name, Uint8Array>>;
  /** Counts the files' bytes; to be released once they are let go. */
  lease: ByteLease;
};

/**
 * Reads the options (query and form fields) and the files of a request.
 *
 * Options are looked at first: a misspelt one must not cost an upload.
 */
export async function readUpload<Schema extends z.ZodObject, Name extends string>(
  request: Request,
  schema: Schema,
  wanted: FileParts<Name>,
): Promise<Upload<z.output<Schema>, Name>> {
  const query = collect(new URL(request.url).searchParams);
  parseOptions(schema, query);
  const names = Object.keys(wanted) as Name[];
  const lease = takeByteLease();
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
    const options = parseOptions(schema, collect([...query, ...parts.fields]));
    return { options, files: Object.fromEntries(parts.files) as Upload<unknown, Name>['files'], lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** One text for each name. The same thing said twice is borne, two different things are not. */
function collect(pairs: Iterable<readonly [string, string]>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, text] of pairs) {
    // A form's empty field is an option not given; for a flag it is the usual way to set it.
    if (text === '' && !FLAGS.includes(name)) continue;
    const before = values.get(name);
    if (before !== undefined && before !== text) {
      const detail = 'given more than once, with different values';
      throw new AppError('invalid_option', `${name.slice(0, 60)}: ${detail}`, {
        fields: [{ pointer: pointerTo([name]), detail }],
      });
    }
    values.set(name, text);
  }
  return values;
}

function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  values: ReadonlyMap<string, string>,
): z.output<Schema> {
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (!parsed.success) throw optionsError(parsed.error, Object.keys(schema.shape));
  return parsed.data;
}
