import { describe, expect, it } from 'vitest';
import { leadOf, reasonOf } from './lead-of';

describe('what leads a score', () => {
  it.each([
    [{ total: 100, positive: 1, marker: null }, 'index'],
    [{ total: 99, positive: 50, marker: 'ki67' }, 'interval'],
    [{ total: 1, positive: 1, marker: null }, 'interval'],
    [{ total: 900, positive: 0, marker: 'ki67' }, 'index'],
    [{ total: 900, positive: 0, marker: null }, 'count'],
    [{ total: 0, positive: 0, marker: 'ki67' }, 'count'],
    [{ total: 900, positive: 30, marker: 'he' }, 'count'],
    [{ total: 0, positive: 0, marker: null }, 'count'],
  ] as const)('of %j is the %s', (numbers, lead) => {
    expect(leadOf(numbers)).toBe(lead);
    expect(reasonOf(lead, numbers.marker) === null).toBe(lead === 'index');
  });
});
