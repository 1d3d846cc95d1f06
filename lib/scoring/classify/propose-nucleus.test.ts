import { expect, it } from 'vitest';
import { findUnsure } from './propose-nucleus';

it('proposes the least sure nucleus that counts and that nobody stated', () => {
  const likelihood = Float32Array.of(0.9, 0.3, 0.4, 1, 0.55);
  expect(findUnsure(likelihood, Uint8Array.of(1, 0, 1, 1, 1))).toEqual({ count: 2, least: 2 });
  expect(findUnsure(Float32Array.of(0.9, 0.95), Uint8Array.of(1, 1))).toEqual({ count: 0, least: 0 });
  expect(findUnsure(Float32Array.of(1, 0.2), Uint8Array.of(1, 0))).toEqual({ count: 0, least: -1 });
});
