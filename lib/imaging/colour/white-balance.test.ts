import { expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { balance, whiteGains } from './white-balance';

const options = { percentile: 99, level: 240, maxGain: 1.6 };

/** Glass of one colour, with tissue of half its light on `share` of the rows. */
function field(glass: readonly [number, number, number], share: number, side = 100) {
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++)
    data[i] = Math.floor(glass[i % 3]! * (Math.floor(i / 3 / side) < share * side ? 0.5 : 1));
  return raster(data, side, side, 3);
}

it('takes glass under a yellow lamp to white', () => {
  const yellow = field([240, 230, 180], 0.9);
  const gains = whiteGains(yellow, options);
  expect(gains).toEqual([240 / 240, 240 / 230, 240 / 180]);
  balance(yellow, gains);
  expect([...yellow.data.slice(-3)]).toEqual([240, 240, 240]);
  expect([...yellow.data.slice(0, 3)]).toEqual([120, 120, 120]);
});

it('reads the percentile by its rank, on a grid where the image is large', () => {
  // numpy.percentile([0..199] each once, 99, method='inverted_cdf') is 197.
  const ramp = raster(
    Uint8Array.from({ length: 200 }, (_, value) => value),
    200,
    1,
    1,
  );
  expect(whiteGains(ramp, options)).toEqual([240 / 197]);
  expect(whiteGains(field([200, 210, 220], 0.5, 2500), options)).toEqual([1.2, 240 / 210, 240 / 220]);
});

it('makes nothing more than so much brighter, and clips', () => {
  const dark = field([10, 0, 60], 0.5);
  expect(whiteGains(dark, options)).toEqual([1.6, 1.6, 1.6]);
  const bright = raster(new Uint8Array([250, 200, 3]), 1, 1, 3);
  balance(bright, [1.6, 1.2, 1.5]);
  expect([...bright.data]).toEqual([255, 240, 5]);
});
