import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { packPlanes, unpackPlanes } from './pack-planes';
import { packedLimit } from './protocol';

const planes = Uint8Array.from({ length: 5000 }, (_, i) => (i % 7) * (i % 11));
const shared = (length: number) => new Uint8Array(new SharedArrayBuffer(length));

it('what is packed comes back', () => {
  const back = shared(planes.length);
  expect(unpackPlanes(packPlanes(planes), back)).toBe(true);
  expect(Uint8Array.from(back)).toEqual(planes);
});

it('what cannot be packed has the room that is stated', () => {
  const noise = randomBytes(300_000);
  const { length } = packPlanes(noise);
  expect(length).toBeGreaterThan(noise.length);
  expect(length).toBeLessThanOrEqual(packedLimit(noise.length));
});

it.each([
  ['too few bytes', packPlanes(planes.subarray(1))],
  ['too many bytes', packPlanes(Uint8Array.from([...planes, 0]))],
  ['a file that is cut', packPlanes(planes).subarray(0, 50)],
  ['no such file', new TextEncoder().encode('damaged')],
])('%s are told', (_, packed) => {
  expect(unpackPlanes(packed, shared(planes.length))).toBe(false);
});
