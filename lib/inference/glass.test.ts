import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { glassColour } from './glass';

describe('glassColour', () => {
  const glass = () => raster(new Uint8Array(32 * 32 * 3).fill(240), 32, 32, 3);
  it('knows glass with sensor noise', () => {
    const tile = glass();
    tile.data.forEach((_, i) => {
      tile.data[i] = 236 + (i % 8);
    });
    expect(glassColour(tile)).not.toBeNull();
  });
  it('takes a single stained pixel for tissue', () => {
    const tile = glass();
    tile.data[1500] = 215;
    expect(glassColour(tile)).toBeNull();
  });
  it('takes an even but dark field for tissue', () => {
    expect(glassColour(raster(new Uint8Array(32 * 32 * 3).fill(150), 32, 32, 3))).toBeNull();
  });
});
