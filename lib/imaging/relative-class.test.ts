import { expect, it } from 'vitest';
import { raster } from './raster';
import { type RelativeClass, relateClasses } from './relative-class';

const rule: RelativeClass = { share: 0.2, steepness: 2, fewestPixels: 50 };
/** Marker values of DAB 1.5 and 0.3 where the picture saturates at 240. */
const [BLACK, PALE] = [194, 67];

/** 100 surely positive pixels of marker `typical`, then one of the given red, blue and marker. */
function field(typical: number, red: number, blue: number, marker: number, sure = 100) {
  const segmentation = new Uint8Array(3 * (sure + 1));
  const markers = new Uint8Array(sure + 1).fill(typical);
  for (let i = 0; i < sure; i++) segmentation[3 * i] = 250;
  segmentation.set([red, 3, blue], 3 * sure);
  markers[sure] = marker;
  const seg = raster(segmentation, sure + 1, 1, 3);
  relateClasses(seg, raster(markers, sure + 1, 1, 1), rule);
  return [...seg.data.slice(-3)];
}

it('calls the same faint nucleus negative beside black ones and positive beside pale ones', () => {
  const faint = 30; // DAB 0.12: 0.08 of black, 0.4 of pale
  const [besideBlack, , blackBlue] = field(BLACK, 125, 125, faint);
  const [besidePale, , paleBlue] = field(PALE, 125, 125, faint);
  expect(besideBlack).toBeLessThan(blackBlue! / 2);
  expect(besidePale).toBeGreaterThan(2 * paleBlue!);
});

it('multiplies the odds by the square of the ratio to the threshold', () => {
  const dab = (marker: number) => -Math.log(1 - marker / 240) / 1.1;
  const factor = ((dab(50) + 0.02) / (0.2 * dab(PALE) + 0.02)) ** 2;
  const odds = (80 / 120) * factor;
  const [red, green, blue] = field(PALE, 80, 120, 50);
  expect(red).toBeGreaterThanOrEqual((200 * odds) / (1 + odds) - 2);
  expect(red).toBeLessThanOrEqual((200 * odds) / (1 + odds) + 2);
  expect([green, red! + blue!]).toEqual([3, 200]);
});

it('keeps red and blue in range where both are large', () => {
  const [red, , blue] = field(PALE, 200, 180, 230);
  expect([red, blue]).toEqual([255, 125]);
});

it.each([
  ['sure negatives', [0, 3, 240]],
  ['sure positives', [240, 3, 0]],
  ['background', [0, 3, 0]],
])('leaves %s alone', (_, [red, green, blue]) => {
  expect(field(BLACK, red!, blue!, 10)).toEqual([red, green, blue]);
});

it('changes nothing where too few pixels are surely positive', () => {
  expect(field(BLACK, 125, 125, 30, 49)).toEqual([125, 3, 125]);
});

it('refuses a marker of another size', () => {
  const seg = raster(new Uint8Array(12), 2, 2, 3);
  expect(() => relateClasses(seg, raster(new Uint8Array(2), 2, 1, 1), rule)).toThrow('expected 2 x 2');
});
