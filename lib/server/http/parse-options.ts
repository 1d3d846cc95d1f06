import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { FLAGS } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { optionsError, pointerTo } from './problem-answer';

type Pair = readonly [name: string, text: string];

/**
 * Parses options by their schema. An option that is given twice must mean the same both times; the words may differ
 * (`false` and `False`).
 *
 * @returns the options, and as `given` a text for each, from which the schema makes the same options again
 * @throws AppError `invalid_option`
 */
export function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  pairs: readonly Pair[],
): { options: z.output<Schema>; given: Record<string, string> } {
  const texts = new Map<string, string>();
  for (const [name, text] of pairs) {
    // An empty form field means that the option is not given; a flag is set by it.
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

/** The first of two texts that mean the same. If one is invalid it is that one, so that the refusal names it. */
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
