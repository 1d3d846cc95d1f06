import { readFileSync } from 'node:fs';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import type { Part } from './parse-message';
import { parseMessage } from './parse-message';
import { messagesIn, readCatalogue } from './read-catalogue';
import { richText } from './t';

/** Every name that a message has, with something to put there. */
function valuesFor(parts: Part[], count: number): Record<string, unknown> {
  return Object.assign(
    {},
    ...parts.map((part) => {
      if (typeof part === 'string') return {};
      if (part.type === 'value') return { [part.name]: `[${part.name}]` };
      if (part.type === 'tag')
        return { [part.name]: (words: unknown[]) => `<${words.join('')}>`, ...valuesFor(part.children, count) };
      return {
        ...Object.assign({}, ...Object.values(part.choices).map((one) => valuesFor(one, count))),
        [part.name]: count,
      };
    }),
  );
}

describe('the catalogue of texts', () => {
  it('has every text that the pages look up, and no other: npm run text writes it', async () => {
    await expect(`${JSON.stringify(readCatalogue('app'), null, 2)}\n`).toMatchFileSnapshot('en.json');
  });

  it('has messages in ICU form, which a library of that form reads alike', () => {
    const messages = Object.keys(JSON.parse(readFileSync('app/_text/en.json', 'utf8')));
    expect(messages.length).toBeGreaterThan(900);
    for (const message of messages)
      for (const count of [0, 1, 2]) {
        const values = valuesFor(parseMessage(message), count);
        const expected = new IntlMessageFormat(message, 'en').format(values as Record<string, string>);
        expect([richText(message, values as Record<string, string>)].flat(9).join('')).toBe(
          [expected].flat(9).join(''),
        );
      }
  });

  it('reads texts out of code, and refuses those that are glued together', () => {
    const code = "export const a = (n: number) => <b title={t('It’s on')}>{richText('All <i>{n}</i>', { n })}</b>;";
    expect(messagesIn('a.tsx', code)).toEqual(['It’s on', 'All <i>{n}</i>']);
    expect(() => messagesIn('b.ts', 't(`many of them`)')).toThrow('b.ts: the message is not a quoted literal');
    expect(() => messagesIn('c.ts', "t('a' + b)")).toThrow('not a quoted literal');
  });
});
