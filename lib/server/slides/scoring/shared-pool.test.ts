import { describe, expect, it } from 'vitest';
import { SharedPool } from './shared-pool';

const MB = 2 ** 20;

async function memoryOf(pool: SharedPool, bytes: number) {
  return pool.lend(bytes, async (memory) => {
    expect(memory).toHaveLength(bytes);
    return memory.buffer;
  });
}

describe('shared memory that is lent', () => {
  it('is lent again, to nobody while somebody has it', async () => {
    const pool = new SharedPool();
    const first = await memoryOf(pool, 3 * MB);
    expect(await memoryOf(pool, 2 * MB + 1)).toBe(first);
    await pool.lend(3 * MB, async ({ buffer }) => {
      expect(buffer).toBe(first);
      expect(await memoryOf(pool, 3 * MB)).not.toBe(first);
    });
  });

  it('comes back after a failure', async () => {
    const pool = new SharedPool();
    const first = await memoryOf(pool, MB);
    await expect(pool.lend(MB, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await memoryOf(pool, MB)).toBe(first);
  });

  it('is not a large piece for a small part', async () => {
    const pool = new SharedPool();
    const large = await memoryOf(pool, 40 * MB);
    expect(await memoryOf(pool, MB)).not.toBe(large);
    expect(await memoryOf(pool, 39 * MB)).toBe(large);
  });

  it('is any large piece for a large part', async () => {
    const pool = new SharedPool();
    const large = await memoryOf(pool, 75 * MB);
    expect(await memoryOf(pool, 12 * MB)).toBe(large);
    expect(await memoryOf(pool, 8 * MB)).toBe(large);
    expect(await memoryOf(pool, 8 * MB - 1)).not.toBe(large);
  });

  it('is all lent again, however much of it is free', async () => {
    const pool = new SharedPool();
    const take = () => Array.from({ length: 50 }, () => pool.take(4 * MB));
    const pieces = take();
    for (const piece of pieces) pool.giveBack(piece);
    expect(new Set(take().map(({ buffer }) => buffer))).toEqual(new Set(pieces.map(({ buffer }) => buffer)));
  });
});
