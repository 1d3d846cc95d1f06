import { describe, expect, it } from 'vitest';
import {
  clearRecent,
  forgetRecent,
  keepFiles,
  keepLabel,
  type Memory,
  readFiles,
  readLabel,
  readRecent,
  readTypedLabel,
  rememberRecent,
} from './recent';

function createMemory(): Memory & { keys: () => string[] } {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
    keys: () => [...map.keys()],
  };
}

const idOf = (n: number) => String(n).padStart(22, 'x');
const remember = (memory: Memory, n: number) =>
  rememberRecent(memory, { kind: 'batch', id: idOf(n), label: `batch ${n}` });
const file = { name: 'Jane.png', bytes: 3, analysis: null, problem: null };

describe('what this browser remembers', () => {
  it('lists the newest first, each once', () => {
    const memory = createMemory();
    for (const n of [1, 2, 1]) remember(memory, n);
    expect(readRecent(memory).map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
  });

  it('keeps fifty, and drops the file names of the others', () => {
    const memory = createMemory();
    keepFiles(memory, idOf(0), [file]);
    for (let n = 0; n <= 50; n++) remember(memory, n);
    expect(readRecent(memory)).toHaveLength(50);
    expect(readFiles(memory, idOf(0))).toEqual([]);
  });

  it('forgets one, or all, with the names of their files', () => {
    const memory = createMemory();
    for (const n of [1, 2]) {
      remember(memory, n);
      keepFiles(memory, idOf(n), [file]);
    }
    forgetRecent(memory, idOf(1));
    expect(readRecent(memory).map(({ id }) => id)).toEqual([idOf(2)]);
    expect(readFiles(memory, idOf(1))).toEqual([]);
    clearRecent(memory);
    expect(memory.keys()).toEqual([]);
  });

  it('keeps what a user calls something, at its place in the list', () => {
    const memory = createMemory();
    for (const n of [1, 2]) remember(memory, n);
    expect(readTypedLabel(memory, idOf(1))).toBeNull();
    keepLabel(memory, { kind: 'batch', id: idOf(1), label: 'CASE-12' });
    expect(readRecent(memory).map(({ label }) => label)).toEqual(['batch 2', 'CASE-12']);
    expect(readTypedLabel(memory, idOf(1))).toBe('CASE-12');
    keepLabel(memory, { kind: 'batch', id: idOf(1), label: ' ' });
    expect(readTypedLabel(memory, idOf(1))).toBeNull();
  });

  it('takes into the list what was opened by a link and is called something', () => {
    const memory = createMemory();
    expect(readLabel(memory, idOf(1))).toBeNull();
    keepLabel(memory, { kind: 'analysis', id: idOf(1), label: 'CASE-12' });
    expect(readRecent(memory)).toMatchObject([{ kind: 'analysis', id: idOf(1), label: 'CASE-12', isTyped: true }]);
  });

  it.each(['', 'no JSON', '{}', '[null, 3, {"kind":"batch","id":"../x","label":"","at":"2026-01-01"}]'])(
    'leaves out what is not its own: %s',
    (text) => {
      const memory = createMemory();
      memory.setItem('restain-recent', text);
      expect(readRecent(memory)).toEqual([]);
    },
  );

  it('works without a storage, and with a full one', () => {
    expect(readRecent(null)).toEqual([]);
    remember(null as never, 1);
    const full = createMemory();
    full.setItem = () => {
      throw new Error('full');
    };
    expect(() => remember(full, 1)).not.toThrow();
  });
});
