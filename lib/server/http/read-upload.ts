import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { FLAGS } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { clientAddress } from './address';
import { type ByteLease, takeByteLease } from './byte-lease';
import { readMultipart } from './multipart';
import { optionsError, pointerTo } from './problem-answer';

/** Names of the file parts that a request may have, and whether it must. */
export type FileParts<Name extends string> = Record<Name, 'required' | 'optional'>;

export type ReceivedUpload<Options, Name extends string> = {
  options: Options;
  /** The options as they were given: a text for each, of which the schema makes `options` again. */
  given: Record<string, string>;
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

type Pair = readonly [name: string, text: string];

/** Options by their schema. What is said twice must mean the same: the words may differ (`false` and `False`). */
function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  pairs: readonly Pair[],
): Pick<ReceivedUpload<z.output<Schema>, never>, 'options' | 'given'> {
  const texts = new Map<string, string>();
  for (const [name, text] of pairs) {
    // A form's empty field is an option not given; for a flag it is the usual way to set it.
    if (text === '' && !FLAGS.includes(name)) continue;
    const before = texts.get(name);
    if (before === undefined) texts.set(name, text);
    else if (before !== text) texts.set(name, oneOfBoth(schema, name, before, text));
  }
  const given = Object.fromEntries(texts);
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw optionsError(parsed.error, Object.keys(schema.shape));
  return { options: parsed.data, given };
}

/** Of two texts that mean the same, the first; of two of which one means nothing, that one, to be refused by its name. */
function oneOfBoth(schema: z.ZodObject, name: string, first: string, second: string): string {
  const option = Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined;
  if (option === undefined) return first;
  const [a, b] = [option.safeParse(first), option.safeParse(second)];
  if (!a.success) return first;
  if (!b.success) return second;
  if (isDeepStrictEqual(a.data, b.data)) return first;
  const detail = 'given more than once, with different values';
  throw new AppError('invalid_option', `${name.slice(0, 60)}: ${detail}`, {
    fields: [{ pointer: pointerTo([name]), detail }],
  });
}
