import sharp from 'sharp';

/** A file with a name, as a file input takes it. */
export type TestFile = { name: string; mimeType: string; buffer: Buffer };

const DAB = '#6b3f1d';
const HEMATOXYLIN = '#6d6aa8';

/** `rows` x `rows` nuclei on glass at 40x (a nucleus is 8 µm wide). Every fourth one is brown. */
export async function drawTissue(rows = 6): Promise<TestFile> {
  const pitch = 64;
  const side = rows * pitch;
  const nuclei = Array.from({ length: rows * rows }, (_, i) => {
    const x = (i % rows) * pitch + pitch / 2 + ((i * 7) % 9) - 4;
    const y = Math.floor(i / rows) * pitch + pitch / 2 + ((i * 5) % 9) - 4;
    return `<ellipse cx="${x}" cy="${y}" rx="${15 + (i % 3)}" ry="13" fill="${i % 4 === 0 ? DAB : HEMATOXYLIN}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="#ebe7ee"/>${nuclei.join('')}</svg>`;
  const buffer = await sharp(Buffer.from(svg)).blur(1).removeAlpha().png().toBuffer();
  return { name: 'tissue.png', mimeType: 'image/png', buffer };
}

/** A square from the middle of a sample of the gallery. It has weak stains, which drawn tissue lacks. */
export async function cutSample(name: string, side = 400): Promise<TestFile> {
  const sample = sharp(`public/samples/${name}.jpg`);
  const { width, height } = await sample.metadata();
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const buffer = await sample.extract({ left, top, width: side, height: side }).png().toBuffer();
  return { name: 'sample.png', mimeType: 'image/png', buffer };
}
