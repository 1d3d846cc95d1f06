import { describe, expect, it } from 'vitest';
import { PixelLine } from './pixel-line';

const LIMITS = { waiting: 2, concurrentImages: 2, concurrentPixels: 100 };

/** Work that ends when the test says so; `started` has the names of those that have begun. */
function openWork() {
  const started: string[] = [];
  const end = new Map<string, (value: string) => void>();
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => end.set(name, resolve));
  };
  return { started, work, end: (name: string) => end.get(name)?.(name) };
}

describe('a line of work on images', () => {
  it('starts as much as the pixels allow, and gives back what the work gives', async () => {
    const line = new PixelLine(LIMITS);
    const { started, work, end } = openWork();
    const first = line.run({ pixels: 60 }, work('a'));
    void line.run({ pixels: 60 }, work('b'));
    void line.run({ pixels: 10 }, work('c'));
    await new Promise(setImmediate);
    expect(started).toEqual(['a']);
    end('a');
    expect(await first).toBe('a');
    await new Promise(setImmediate);
    expect(started).toEqual(['a', 'b', 'c']);
    expect(line.load()).toEqual({ waiting: 0, running: 2, limit: 2 });
  });

  it('frees the place of work that fails, and passes its error on', async () => {
    const line = new PixelLine({ ...LIMITS, waiting: 0, concurrentImages: 1 });
    await expect(line.run({ pixels: 1 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await line.run({ pixels: 1 }, async () => 'next')).toBe('next');
  });

  it('refuses what it has no room for, before any of it is done, but never what was admitted elsewhere', async () => {
    const line = new PixelLine({ ...LIMITS, waiting: 1, concurrentImages: 1 });
    const { started, work } = openWork();
    void line.run({ pixels: 1 }, work('a'));
    line.assertRoom(1);
    void line.run({ pixels: 1 }, work('b'));
    expect(() => line.assertRoom(1)).toThrow('1 analysis is waiting');
    await expect(line.run({ pixels: 1 }, work('c'))).rejects.toMatchObject({ code: 'queue_full' });
    void line.run({ pixels: 1, isAdmitted: true }, work('d'));
    expect(line.load()).toEqual({ waiting: 2, running: 1, limit: 1 });
    expect(started).toEqual(['a']);
  });

  it('lets who leaves while waiting take no place', () => {
    const line = new PixelLine({ ...LIMITS, concurrentImages: 1 });
    const started: string[] = [];
    const first = line.join({ pixels: 1 }, () => started.push('a'));
    const second = line.join({ pixels: 1 }, () => started.push('b'));
    const third = line.join({ pixels: 1 }, () => started.push('c'));
    expect([first, second, third].map((place) => place.ahead())).toEqual([0, 0, 1]);
    second.leave({ isDone: false });
    expect(third.ahead()).toBe(0);
    first.leave({ isDone: true });
    first.leave({ isDone: true });
    expect(started).toEqual(['a', 'c']);
    expect(line.load()).toEqual({ waiting: 0, running: 1, limit: 2 });
  });
});
