import { describe, expect, it } from 'vitest';
import { readPlace, writePlace } from './place';

describe('a place in the address', () => {
  it('is read as it was written', () => {
    const search = writePlace({ x: 12_000.4, y: 8000, zoom: 0.123456 });
    expect(search).toBe('?x=12000&y=8000&zoom=0.1235');
    expect(readPlace(search)).toEqual({ x: 12_000, y: 8000, zoom: 0.1235 });
  });

  it.each(['', '?x=1', '?x=1&y=2', '?x=1&y=2&zoom=0', '?x=a&y=2&zoom=1', '?x=1&y=2&zoom=-1'])(
    'is none in %j',
    (search) => {
      expect(readPlace(search)).toBeNull();
    },
  );
});
