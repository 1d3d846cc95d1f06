import sharp from 'sharp';

/** A field of round nuclei on a pale ground. Every third nucleus is brown. */
export async function drawTissue(width: number, height: number, seed = 1): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3);
  let state = seed;
  // A linear congruential generator, so that the picture is the same on every run.
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 28) - 8;
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [column, row] = [Math.floor(x / 40), Math.floor(y / 40)];
      const isNucleus = ((x % 40) - 20) ** 2 + ((y % 40) - 20) ** 2 < 120;
      const nucleus = (column + row) % 3 === 0 ? [120, 75, 50] : [115, 105, 165];
      const colour = isNucleus ? nucleus : [236, 230, 234];
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = (colour[c] ?? 0) + noise();
    }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** What is counted in `drawTissue` at 40x, of a picture whose sides are multiples of 40: no nucleus is cut. */
export function countTissue(width: number, height: number) {
  let [total, positive] = [0, 0];
  for (let row = 0; row < height / 40; row++)
    for (let column = 0; column < width / 40; column++) {
      total++;
      if ((column + row) % 3 === 0) positive++;
    }
  return { num_total: total, num_pos: positive, num_neg: total - positive };
}

/** A segmentation picture with `positive` squares on the left and `negative` ones on the right. */
export async function drawSegmentation(width: number, height: number) {
  const data = Buffer.alloc(width * height * 3);
  let positive = 0;
  let negative = 0;
  for (let top = 10; top + 30 <= height; top += 40)
    for (let left = 10; left + 30 <= width; left += 40) {
      const channel = left < width / 2 ? 0 : 2;
      if (channel === 0) positive++;
      else negative++;
      for (let y = top; y < top + 20; y++)
        for (let x = left; x < left + 20; x++) data[3 * (y * width + x) + channel] = 255;
    }
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { png, positive, negative };
}

/** The format and size of a picture in an answer, read from its header. */
export async function describePng(base64: string): Promise<string> {
  const { format, width, height, channels, depth } = await sharp(Buffer.from(base64, 'base64')).metadata();
  return `${format} ${width}x${height} ${channels} ${depth}`;
}
