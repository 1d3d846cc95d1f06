import type { ReactNode } from 'react';
import { type Part, parseMessage } from './parse-message';

/** null and undefined are no text. */
type Value = string | number | null | undefined;
type Parts = Record<string, Value | ReactNode | ((children: ReactNode[]) => ReactNode)>;

const parsed = new Map<string, Part[]>();
const plurals = new Intl.PluralRules('en');
const lists = new Intl.ListFormat('en', { type: 'unit', style: 'short' });

function parse(message: string): Part[] {
  const known = parsed.get(message) ?? parseMessage(message);
  parsed.set(message, known);
  return known;
}

/**
 * A text of the pages. The message is its English, in ICU form, and its own key in the catalogue (`en.json`, made by
 * `npm run text`): `t('{count, plural, one {{count} nucleus} other {{count} nuclei}}', { count })`. It is a quoted literal
 * and a whole sentence or label, never glued from pieces. One server has one language, so modules may look texts up as
 * they load.
 *
 * @throws RangeError where a value is missing
 */
export function t(message: string, values?: Record<string, Value>): string {
  return values === undefined ? message : fill(parse(message), values, message).join('');
}

/** Texts one after the other, without those that are empty: `6 images done, 1 failed`. */
export const listText = (texts: readonly (string | number | null)[]): string =>
  lists.format(texts.filter((text) => typeof text === 'string' && text !== '') as string[]);

/** A text with elements in it: `richText('Read <a>the terms</a>.', { a: (words) => <a key="a" href="/terms">{words}</a> })`. */
export function richText(message: string, parts: Parts): ReactNode {
  return fill(parse(message), parts, message);
}

function fill(parts: Part[], values: Parts, message: string): ReactNode[] {
  const filled: ReactNode[] = [];
  for (const part of parts)
    for (const piece of fillPart(part, values, message)) {
      // Words side by side are one text on the page.
      const isJoined = typeof piece === 'string' && typeof filled.at(-1) === 'string';
      filled.push(isJoined ? `${filled.pop()}${piece}` : piece);
    }
  return filled;
}

function fillPart(part: Part, values: Parts, message: string): ReactNode[] {
  if (typeof part === 'string') return [part];
  if (!Object.hasOwn(values, part.name)) throw new RangeError(`"${message}" lacks the value "${part.name}"`);
  const value = values[part.name];
  if (part.type === 'plural')
    return fill(part.choices[plurals.select(Number(value))] ?? part.choices.other ?? [], values, message);
  if (typeof value === 'function') return [value(part.type === 'tag' ? fill(part.children, values, message) : [])];
  return [typeof value === 'number' ? String(value) : value];
}
