import { describe, expect, it } from 'vitest';
import { blob, DrawnSlide, overlapOf, stroke } from './__fixtures__/draw-glass';
import { findTissue } from './find-tissue';

const UM = 8;
const STAINS = {
  'haematoxylin and DAB': [150, 120, 105],
  'pale counterstain': [214, 220, 232],
  'haematoxylin and eosin': [200, 140, 180],
  'dense haematoxylin': [95, 85, 140],
  'blue haematoxylin': [120, 130, 180],
  'strong DAB': [90, 55, 35],
  'strong eosin': [215, 90, 140],
} as const;

const section = (seed = 1) => new DrawnSlide(400, 300, [243, 242, 244], seed);
const pixelsOf = ({ data }: { data: Uint8Array }) => data.reduce((sum, value) => sum + value, 0);

describe('tissue', () => {
  it.each(Object.entries(STAINS))('of any stain is found to its border: %s', (_, colour) => {
    const slide = section()
      .tissue(blob({ x: 130, y: 150 }, 90, 5), colour)
      .tissue(blob({ x: 320, y: 120 }, 30), colour);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.97);
  });

  it.each([
    [255, 255, 255],
    [200, 198, 195],
    [238, 230, 215],
    [225, 235, 238],
  ] as const)('is found on glass of any tint: %d, %d, %d', (...glass) => {
    const slide = new DrawnSlide(400, 300, glass).tissue(blob({ x: 150, y: 150 }, 90, 4), [170, 140, 130]);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.96);
  });

  it('has its small holes filled, and its large ones left open', () => {
    const slide = section().tissue(blob({ x: 200, y: 150 }, 120), STAINS['haematoxylin and DAB']);
    const small = { x: 160, y: 120 };
    slide.paint(blob(small, 12), [243, 242, 244], 1).other(blob({ x: 240, y: 180 }, 30), [243, 242, 244], 1);
    const mask = findTissue(slide.picture, UM);
    expect(mask.data[small.y * 400 + small.x]).toBe(1);
    expect(mask.data[180 * 400 + 240]).toBe(0);
    expect(overlapOf(mask, slide.truth)).toBeGreaterThan(0.97);
  });

  it('is one piece where the section is torn by a narrow gap', () => {
    const slide = section().tissue(blob({ x: 200, y: 150 }, 90), STAINS['haematoxylin and eosin']);
    slide.paint(stroke({ x: 150, y: 50 }, { x: 260, y: 250 }, 3.5), [243, 242, 244], 1);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.97);
  });

  it('is none of what lies on the glass: dust, hairs, edges of cover slips, shadows, pale smears', () => {
    const slide = section().tissue(blob({ x: 150, y: 150 }, 80, 3), STAINS['haematoxylin and DAB']);
    slide
      .other(blob({ x: 300, y: 60 }, 4), [60, 50, 45])
      .other(blob({ x: 330, y: 200 }, 5), [120, 120, 120])
      .other(stroke({ x: 260, y: 20 }, { x: 390, y: 130 }, 3), [80, 70, 60])
      .other(stroke({ x: 0, y: 290 }, { x: 400, y: 288 }, 4), [170, 172, 170])
      .other(blob({ x: 340, y: 250 }, 30), [228, 230, 231], 2);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.96);
  });

  it.each([
    ['blue', [25, 55, 160]],
    ['dark blue', [20, 35, 90]],
    ['green', [30, 120, 60]],
    ['black', [25, 25, 28]],
    ['red', [205, 35, 45]],
  ] as const)('is not taken for a ring of %s marker pen around it', (_, colour) => {
    const slide = section().tissue(blob({ x: 200, y: 150 }, 60, 3), STAINS['haematoxylin and eosin']);
    slide
      .other(stroke({ x: 90, y: 40 }, { x: 310, y: 45 }, 14), colour, 8)
      .other(stroke({ x: 310, y: 45 }, { x: 320, y: 260 }, 14), colour, 8)
      .other(stroke({ x: 320, y: 260 }, { x: 85, y: 250 }, 14), colour, 8);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.95);
  });

  it('ends at a black border of the scan', () => {
    const slide = section().tissue(blob({ x: 200, y: 150 }, 60, 3), STAINS['pale counterstain']);
    slide.other((x) => x < 40, [0, 0, 0], 0).other((_, y) => y > 280, [4, 4, 5], 1);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.94);
  });

  it('does not shrink at the edges of the picture', () => {
    const slide = section().tissue((x) => x < 200, STAINS['haematoxylin and DAB']);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.99);
  });

  it('is everything where there is no glass, pale or not', () => {
    for (const colour of Object.values(STAINS)) {
      const slide = section().tissue(() => true, colour, 20);
      expect(pixelsOf(findTissue(slide.picture, UM))).toBe(400 * 300);
    }
  });

  it('is nothing on bare glass, or where nothing was scanned', () => {
    expect(pixelsOf(findTissue(section().picture, UM))).toBe(0);
    expect(pixelsOf(findTissue(new DrawnSlide(50, 40, [255, 255, 255]).picture, UM))).toBe(0);
  });

  it('is the same beside unscanned white as without', () => {
    const slide = new DrawnSlide(400, 300, [226, 224, 222]).tissue(blob({ x: 120, y: 150 }, 80, 4), [190, 170, 175]);
    slide.other((x) => x > 230, [255, 255, 255], 0);
    expect(overlapOf(findTissue(slide.picture, UM), slide.truth)).toBeGreaterThan(0.96);
  });

  it('is the same place at any size of the pixels', () => {
    for (const [micronsPerPixel, zoom] of [
      [4, 2],
      [16, 0.5],
    ] as const) {
      const slide = new DrawnSlide(400 * zoom, 300 * zoom);
      slide.tissue((x, y) => blob({ x: 130, y: 150 }, 90, 5)(x / zoom, y / zoom), STAINS['haematoxylin and DAB']);
      expect(overlapOf(findTissue(slide.picture, micronsPerPixel), slide.truth)).toBeGreaterThan(0.95);
    }
  });

  it('of a picture of one pixel has an answer', () => {
    const one = { data: Uint8Array.of(150, 120, 105), width: 1, height: 1, channels: 3 as const };
    expect(pixelsOf(findTissue(one, UM))).toBe(1);
  });
});
