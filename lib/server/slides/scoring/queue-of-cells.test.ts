import { describe, expect, it } from 'vitest';
import { byTurns, readyOf } from './queue-of-cells';

const grid = { columns: 5 };
const all = Array.from({ length: 5 * 4 }, (_, index) => index);
const touch = (a: number, b: number) =>
  a !== b && Math.abs((a % 5) - (b % 5)) <= 1 && Math.abs(Math.floor(a / 5) - Math.floor(b / 5)) <= 1;

describe('cells for several workers', () => {
  it('come by turns, each once, and those that infer most before others', () => {
    const order = byTurns(all, grid);
    expect(order.slice(0, 6)).toEqual([12, 2, 10, 14, 0, 4]);
    expect([...order].sort((a, b) => a - b)).toEqual(all);
  });

  it('are in work at once only where they do not touch, and all come to their turn', () => {
    let missing = [...all];
    let rounds = 0;
    while (missing.length > 0) {
      const ready = readyOf(missing, grid);
      expect(ready.length).toBeGreaterThan(0);
      for (const a of ready) expect(ready.filter((b) => touch(a, b))).toEqual([]);
      // Some take longer than others.
      const done = ready.filter((_, i) => (i + rounds) % 3 !== 0 || ready.length === 1);
      missing = missing.filter((index) => !done.includes(index));
      rounds++;
    }
    expect(rounds).toBeGreaterThan(3);
  });

  it('do not wait for what is there, nor for what is not wanted', () => {
    expect(readyOf([6, 8], grid)).toEqual([6, 8]);
    expect(readyOf([6, 7, 12], grid)).toEqual([12]);
    expect(readyOf([9, 10], grid)).toEqual([9, 10]);
  });
});
