import { describe, expect, it } from 'vitest';
import { keepGuide, readGuide } from './guide';
import type { Memory } from './recent';

function memoryOf(text: string | null = null): Memory {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_, value) => {
      kept = value;
    },
    removeItem: () => {
      kept = null;
    },
  };
}

describe('what a browser remembers of the guide', () => {
  it('is the result and the step, and then that it is over', () => {
    const memory = memoryOf();
    expect(readGuide(memory)).toBeNull();
    keepGuide(memory, { state: 'running', analysis: 'a', step: null });
    expect(readGuide(memory)).toEqual({ state: 'running', analysis: 'a', step: null });
    keepGuide(memory, { state: 'running', analysis: 'a', step: 'flip' });
    expect(readGuide(memory)).toMatchObject({ step: 'flip' });
    keepGuide(memory, { state: 'over' });
    expect(readGuide(memory)).toEqual({ state: 'over' });
  });

  it.each([
    '{',
    '3',
    'null',
    '{}',
    '{"state":"running"}',
    '{"state":"running","analysis":1,"step":null}',
    '{"state":"x"}',
  ])('is nothing where the storage has %s', (text) => expect(readGuide(memoryOf(text))).toBeNull());

  it('is nothing without a storage, or with one that is full', () => {
    expect(readGuide(null)).toBeNull();
    keepGuide(null, { state: 'over' });
    const full = memoryOf();
    full.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    keepGuide(full, { state: 'over' });
    expect(readGuide(full)).toBeNull();
  });
});
