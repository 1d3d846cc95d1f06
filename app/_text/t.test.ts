import { describe, expect, it } from 'vitest';
import { parseMessage } from './parse-message';
import { listText, richText, t } from './t';

describe('texts', () => {
  it('are themselves, with values and plurals filled in', () => {
    expect(t('Save changes')).toBe('Save changes');
    expect(t('Up to {limit} files', { limit: 100 })).toBe('Up to 100 files');
    const nuclei = (count: number) =>
      t('{count, plural, one {{count} nucleus} other {{count} nuclei}} here', { count });
    expect([0, 1, 2, 12345].map(nuclei)).toEqual([
      '0 nuclei here',
      '1 nucleus here',
      '2 nuclei here',
      '12345 nuclei here',
    ]);
  });

  it('stand in a list without those that are empty', () => {
    expect(listText(['6 done', 0, null, '', '1 failed', 'more'])).toBe('6 done, 1 failed, more');
    expect(listText([])).toBe('');
  });

  it('say which value is missing', () => {
    expect(() => t('Up to {limit} files', {})).toThrow('"Up to {limit} files" lacks the value "limit"');
  });

  it('have elements in them', () => {
    const parts = richText('Read <a>the {what}</a> first.', { what: 'terms', a: (words) => ['<', ...words, '>'] });
    expect([parts].flat(3).join('')).toBe('Read <the terms> first.');
    // Words side by side are one text, so that a reader of the page finds them whole.
    expect(
      richText('{n, plural, one {{n} day} other {{n} days}} at <b>most</b>', { n: 3, b: ([word]) => word }),
    ).toEqual(['3 days at most']);
  });

  it.each([
    ['{n, plural, one {a}}', 'cannot be read'],
    ['{n, plural, one {a} other {b}', 'cannot be read'],
    ['Read <a>this', 'cannot be read'],
    ['too many}', '} opens nowhere'],
    ['over</a>', '</a> opens nowhere'],
  ])('%s is no message', (message, reason) => {
    expect(() => parseMessage(message)).toThrow(reason);
  });
});
