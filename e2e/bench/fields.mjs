// Draws fields of any size for measurements.
import { readdirSync } from 'node:fs';
import sharp from 'sharp';

/** PNG of a field of `side` px, made of the simulated picture that ships with the model and its mirror images. */
export async function drawField(side) {
  const tile = `models/${readdirSync('models')[0]}/golden/image.png`;
  const { width } = await sharp(tile).metadata();
  const mirrors = [
    await sharp(tile).png().toBuffer(),
    await sharp(tile).flop().png().toBuffer(),
    await sharp(tile).flip().png().toBuffer(),
    await sharp(tile).rotate(180).png().toBuffer(),
  ];
  const count = Math.ceil(side / width);
  const pieces = Array.from({ length: count * count }, (_, i) => {
    const [row, column] = [Math.floor(i / count), i % count];
    return { input: mirrors[(row % 2) * 2 + (column % 2)], left: column * width, top: row * width };
  });
  const whole = await sharp({
    create: { width: count * width, height: count * width, channels: 3, background: 'white' },
  })
    .composite(pieces)
    .png({ compressionLevel: 1 })
    .toBuffer();
  return sharp(whole).extract({ left: 0, top: 0, width: side, height: side }).png({ compressionLevel: 1 }).toBuffer();
}
