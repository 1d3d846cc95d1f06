import { expect, it } from 'vitest';
import { watershed } from './watershed';

it('splits a plateau halfway between its seeds', () => {
  const seeds = { data: Int32Array.of(1, 0, 0, 0, 0, 2), width: 6, height: 1 };
  const mask = { data: new Uint8Array(6).fill(1), width: 6, height: 1 };
  expect([...watershed(new Uint8Array(6), seeds, mask).data]).toEqual([1, 1, 1, 2, 2, 2]);
});

it('gives a ridge to the basin whose water stands beside it first', () => {
  const relief = Uint8Array.of(0, 5, 1, 9, 0);
  const seeds = { data: Int32Array.of(1, 0, 0, 0, 2), width: 5, height: 1 };
  const mask = { data: Uint8Array.of(1, 1, 1, 1, 1), width: 5, height: 1 };
  expect([...watershed(relief, seeds, mask).data]).toEqual([1, 1, 1, 2, 2]);
});

it('keeps out of the mask, seeds there included, and leaves unreachable pixels background', () => {
  const seeds = { data: Int32Array.of(3, 0, 7, 0, 0), width: 5, height: 1 };
  const mask = { data: Uint8Array.of(1, 1, 0, 1, 1), width: 5, height: 1 };
  expect([...watershed(new Uint8Array(5), seeds, mask).data]).toEqual([3, 3, 0, 0, 0]);
});

it('gives the transposed result on the transposed picture when no two levels are equal', () => {
  const [width, height] = [23, 17];
  let state = 7;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const transpose = <T extends Int32Array | Uint16Array | Uint8Array>(array: T): T =>
    array.map((_, i) => array[(i % height) * width + Math.floor(i / height)]) as T;
  for (let round = 0; round < 10; round++) {
    const order = Array.from({ length: width * height }, (_, i) => [random(), i]).sort((a, b) => a[0] - b[0]);
    const relief = new Uint16Array(width * height);
    order.forEach(([, i], level) => {
      relief[i] = level;
    });
    const seeds = new Int32Array(width * height);
    for (let k = 1; k <= 6; k++) seeds[Math.floor(random() * seeds.length)] = k;
    const mask = Uint8Array.from(seeds, (seed) => (seed > 0 || random() < 0.8 ? 1 : 0));
    for (const connectivity of [4, 8] as const) {
      const direct = watershed(relief, { data: seeds, width, height }, { data: mask, width, height }, connectivity);
      const turned = watershed(
        transpose(relief),
        { data: transpose(seeds), width: height, height: width },
        { data: transpose(mask), width: height, height: width },
        connectivity,
      );
      expect(turned.data).toEqual(transpose(direct.data));
      expect(new Set(direct.data)).toEqual(new Set([0, ...seeds.filter((seed) => seed > 0)]));
    }
  }
});

it('refuses rasters of differing size', () => {
  const seeds = { data: new Int32Array(4), width: 2, height: 2 };
  expect(() => watershed(new Uint8Array(4), seeds, { data: new Uint8Array(2), width: 2, height: 1 })).toThrow('2 x 2');
  expect(() => watershed(new Uint8Array(3), seeds, { data: new Uint8Array(4), width: 2, height: 2 })).toThrow('got 3');
});
