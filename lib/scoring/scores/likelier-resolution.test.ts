import { describe, expect, it } from 'vitest';
import { likelierResolution } from './likelier-resolution';

describe('likelierResolution', () => {
  it.each([0.25, 0.5, 1])('finds nothing wrong with nuclei of 8 µm at %d µm/px', (micronsPerPixel) => {
    expect(likelierResolution(100, 8 / micronsPerPixel, micronsPerPixel)).toBeNull();
  });
  it('names 10x where nuclei of 8 pixels were taken for 40x', () => {
    expect(likelierResolution(100, 8, 0.25)).toMatchObject({ name: '10x', micronsPerPixel: 1, diameterUm: 2 });
  });
  it('names 40x where nuclei of 32 pixels were taken for 10x', () => {
    expect(likelierResolution(100, 32, 1)).toMatchObject({ name: '40x', micronsPerPixel: 0.25, diameterUm: 32 });
  });
  it('names 40x where large nuclei of 40x were taken for 20x, and are not quite as large', () => {
    expect(likelierResolution(100, 22, 0.5)).toMatchObject({ name: '40x', diameterUm: 11 });
  });
  it('finds nothing wrong with a large-celled tumour', () => {
    expect(likelierResolution(100, 41, 0.25)).toBeNull();
  });
  it('says nothing of a handful of nuclei', () => {
    expect(likelierResolution(19, 8, 0.25)).toBeNull();
  });
  it('says nothing where every setting would fit worse', () => {
    expect(likelierResolution(100, 3, 1.2)).toBeNull();
  });
});
