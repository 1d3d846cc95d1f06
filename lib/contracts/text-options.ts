import { z } from 'zod';

/** An option that arrives as text, in the query or as a form field. `read` returns undefined for text that it refuses. */
export function option<T>(expected: string, read: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    const got = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    context.addIssue({ code: 'custom', message: `expected ${expected}, got ${JSON.stringify(got)}` });
    return z.NEVER;
  });
}

/** Case is ignored: Python writes `None`, people write `40X`. */
const isSameWord = (word: string, text: string) => word === text.toLowerCase();

export const oneOf = <T extends string>(names: readonly T[]) =>
  option(`one of ${names.join(', ')}`, (text) => names.find((name) => isSameWord(name, text)));

export function integer<Word extends string = never>(min: number, max: number, words: readonly Word[] = []) {
  const range =
    max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  return option<number | Word>([range, ...words].join(' or '), (text) => {
    const word = words.find((w) => isSameWord(w, text));
    if (word !== undefined) return word;
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

type Range = { min: number; max: number };

export const decimal = ({ min, max }: Range) =>
  option(`a number from ${min} to ${max}`, (text) => {
    const value = text === '' ? Number.NaN : Number(text);
    return value >= min && value <= max ? value : undefined;
  });

/** On when present, whatever the value, except for `false` and `0`, in any case. */
export const flag = z.string().transform((text) => !['false', '0'].includes(text.trim().toLowerCase()));

/** How an option appears in the OpenAPI document: with the type of its value, although it is sent as text. */
export const publish = (description: string, example: unknown, schema: Record<string, unknown>) => ({
  description,
  example,
  override: { type: undefined, ...schema },
});
export const publishedInteger = (minimum: number, maximum?: number) =>
  maximum === undefined ? { type: 'integer', minimum } : { type: 'integer', minimum, maximum };
export const publishedNumber = ({ min, max }: Range) => ({ type: 'number', minimum: min, maximum: max });
export const orWord = (schema: object, ...words: string[]) => ({ anyOf: [schema, { type: 'string', enum: words }] });
export const publishedFlag = (description: string) =>
  publish(`${description} On when present, unless \`false\` or \`0\`.`, true, { type: 'boolean', default: false });
