import { describe, expect, it } from 'vitest';
import { SharedCache } from './shared-cache';
import { SharedPool } from './shared-pool';

/** Fills memory with a number. */
const fill = (value: number) => async (memory: Uint8Array) => {
  memory.fill(value);
  return value;
};
const BYTES = 1000;

/** Asks for something, looks at it, and gives it back. */
async function seen(cache: SharedCache<number>, key: string, make = fill(0)) {
  const { data, made, release } = cache.lend(key, BYTES, make);
  try {
    return { value: await made, first: data[0], length: data.length };
  } finally {
    release();
  }
}

describe('what is kept in shared memory', () => {
  it('is made once, for all who ask at the same time and later', async () => {
    const cache = new SharedCache<number>(10 * BYTES, new SharedPool());
    const both = await Promise.all([seen(cache, 'one', fill(1)), seen(cache, 'one', fill(2))]);
    expect([...both, await seen(cache, 'one', fill(3))]).toEqual(Array(3).fill({ value: 1, first: 1, length: BYTES }));
  });

  it('makes room for others, the one that was not used for longest first', async () => {
    const cache = new SharedCache<number>(2 * BYTES, new SharedPool());
    for (const [key, value] of [
      ['one', 1],
      ['two', 2],
      ['one', 9],
      ['three', 3],
    ] as const)
      await seen(cache, key, fill(value));
    expect((await seen(cache, 'one', fill(9))).value).toBe(1);
    expect((await seen(cache, 'two', fill(4))).value).toBe(4);
  });

  it('stays as it is while somebody has it, beyond the limit', async () => {
    const cache = new SharedCache<number>(BYTES, new SharedPool());
    const first = cache.lend('one', BYTES, fill(1));
    await first.made;
    const second = cache.lend('two', BYTES, fill(2));
    await second.made;
    expect([first.data[0], second.data[0]]).toEqual([1, 2]);
    expect((await seen(cache, 'one', fill(9))).value).toBe(1);
    second.release();
    first.release();
    first.release();
    expect((await seen(cache, 'two', fill(3))).value).toBe(3);
  });

  it('lies where something else was', async () => {
    const cache = new SharedCache<number>(8 * BYTES, new SharedPool());
    const names = Array.from({ length: 8 }, (_, n) => `${n}`);
    const buffers = names.map((name) => {
      const { data, release } = cache.lend(name, BYTES, fill(1));
      return { buffer: data.buffer, release };
    });
    await Promise.resolve();
    for (const { release } of buffers) release();
    const other = cache.lend('other', BYTES, fill(2));
    expect(other.data.buffer).toBe(buffers[0]?.buffer);
  });

  it('is not used again before a failed making has ended, and is made anew then', async () => {
    const cache = new SharedCache<number>(BYTES, new SharedPool());
    let fail = (_: Error) => {};
    const failing = cache.lend('one', BYTES, () => new Promise((_, reject) => (fail = reject)));
    // Nobody waits for it, but it is still written.
    failing.release();
    const other = cache.lend('two', BYTES, fill(2));
    expect(other.data.buffer).not.toBe(failing.data.buffer);
    other.release();
    fail(new Error('gone'));
    await expect(failing.made).rejects.toThrow('gone');
    expect((await seen(cache, 'one', fill(5))).value).toBe(5);
  });
});
