import sharp from 'sharp';
// @ts-expect-error: a script without types
import { drawField } from '@/e2e/bench/fields.mjs';
import type { Picture } from '@/lib/server/slides/__fixtures__/draw-slide';
import { chaosOfSlide } from './__fixtures__/chaos-of-slide';

// `npm run chaos`, by the network that ships.
chaosOfSlide({
  what: '12 cells by the network that ships',
  rounds: 1,
  draw: drawTissue,
  micronsPerPixel: 0.5,
  cells: 12,
  models: null,
});

/** 4 x 3 cells of glass with some tissue in each, at half a micron. */
async function drawTissue(): Promise<Picture> {
  const cell = 1792;
  const [width, height] = [4 * cell - 100, 3 * cell - 60];
  const field = await sharp(await drawField(800))
    .removeAlpha()
    .toBuffer();
  const places = Array.from({ length: 12 }, (_, n) => ({
    input: field,
    left: (n % 4) * cell + 300,
    top: Math.floor(n / 4) * cell + 300,
  }));
  const glass = sharp({ create: { width, height, channels: 3, background: { r: 242, g: 242, b: 242 } } });
  return { width, height, pixels: await glass.composite(places).removeAlpha().raw().toBuffer() };
}
