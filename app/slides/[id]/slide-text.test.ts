import { describe, expect, it } from 'vitest';
import { hoursToAdd, sizeText } from './slide-text';

const hour = 3_600_000;
const at = (hours: number) => new Date(hours * hour).toISOString();

describe('hours for which a slide can be kept longer', () => {
  it.each([
    ['a week', 24, 720, 168],
    ['what is left', 24, 100, 100],
    ['none where it is kept for that long', 168, 720, 0],
    ['none at the limit', 100, 100, 0],
  ])('are %s', (_, expires, latest, expected) => {
    expect(hoursToAdd({ expires_at: at(expires), latest_expiry: at(latest) }, 0)).toBe(expected);
  });
});

it('gives a size in mm where the pixel size is known', () => {
  const description = { width: 100_000, height: 80_000, microns_per_pixel: 0.25 } as never;
  expect(sizeText(description)).toBe('100,000 x 80,000 px, 25 x 20 mm');
  expect(sizeText({ width: 9000, height: 80, microns_per_pixel: null } as never)).toBe('9,000 x 80 px');
});
