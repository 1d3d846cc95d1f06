import { describe, expect, it } from 'vitest';
import { magnificationText, pixelSizeOf, zoomAt } from './magnification';

describe('magnification', () => {
  it.each([
    [40, 0.25, 1],
    [20, 0.25, 0.5],
    [20, 0.5, 1],
    [5, 0.5, 0.25],
  ])('%dx of pixels of %d µm is %d screen pixels a pixel', (magnification, micronsPerPixel, zoom) => {
    expect(zoomAt(magnification, micronsPerPixel)).toBe(zoom);
    expect(magnificationText(zoom, micronsPerPixel)).toBe(`${magnification}x`);
  });

  it('is told by the pixel size, else by the objective', () => {
    expect(pixelSizeOf({ microns_per_pixel: 0.3, magnification: 40 })).toBe(0.3);
    expect(pixelSizeOf({ microns_per_pixel: null, magnification: 40 })).toBe(0.25);
    expect(pixelSizeOf({ microns_per_pixel: null, magnification: null })).toBeNull();
    expect(magnificationText(0.031, 0.25)).toBe('1.2x');
  });
});
