import { describe, expect, it } from 'vitest';
import { labelledName } from './labelled-name';

describe('the name of a saved file', () => {
  it.each([
    [null, 'report.pdf'],
    ['', 'report.pdf'],
    [' .. ', 'report.pdf'],
    ['CASE-12', 'CASE-12-report.pdf'],
    ['S 12/345: core A?', 'S 12 345 core A-report.pdf'],
    ['../../etc', 'etc-report.pdf'],
    ['a\u202Egnp\n', 'a gnp-report.pdf'],
    ['Fälle 7.', 'Fälle 7-report.pdf'],
  ])('of %j is %s', (label, name) => {
    expect(labelledName(label, 'report.pdf')).toBe(name);
  });

  it('is no longer than a file system takes', () => {
    expect(labelledName('é'.repeat(300), 'nuclei.geojson')).toBe(`${'é'.repeat(80)}-nuclei.geojson`);
  });
});
