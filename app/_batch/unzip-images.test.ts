import { randomBytes } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { imageFiles } from './image-files';
import { unzipImages } from './unzip-images';

const picture = new Uint8Array(randomBytes(200_000));
const zip = (entries: Record<string, Uint8Array>, level: 0 | 6 = 6, name = 'all.zip') =>
  new File([zipSync(entries, { level })], name);

describe('an archive of pictures', () => {
  it.each([0, 6] as const)('gives its pictures in the order of their names, at level %s', async (level) => {
    const files = await unzipImages(
      zip(
        {
          'a/10.png': picture,
          'a/9.png': strToU8('nine'),
          '__MACOSX/a/._9.png': strToU8('x'),
          '.DS_Store': strToU8('y'),
        },
        level,
      ),
    );
    expect(files?.map(({ name }) => name)).toEqual(['a/9.png', 'a/10.png']);
    expect(new Uint8Array(await files![1]!.arrayBuffer())).toEqual(picture);
  });

  it.each([
    ['one picture', { 'a.png': picture }],
    ['parts of a slide', { 'a.mrxs': picture, 'a/Data0001.dat': picture }],
    ['a slide in several files', { 'a.ome.tif': picture, 'b.ome.tif': picture }],
    ['pictures and something else', { 'a.png': picture, 'b.png': picture, 'c.vsi': picture }],
    ['nothing', {}],
  ])('is sent as it is when it holds %s', async (_, entries) => {
    expect(await unzipImages(zip(entries as Record<string, Uint8Array>))).toBeNull();
  });

  it('is sent as it is when it is cut or broken, so that the server says so', async () => {
    const whole = await zip({ 'a.png': picture, 'b.png': picture }).arrayBuffer();
    expect(await unzipImages(new File([whole.slice(0, 150_000)], 'all.zip'))).toBeNull();
    expect(await unzipImages(new File(['not an archive'], 'all.zip'))).toBeNull();
    expect(await unzipImages(new File([whole], 'all.png'))).toBeNull();
  });
});

describe('the files of a folder', () => {
  it('are in the order of their names, without what systems leave there', () => {
    const files = ['10.png', '.DS_Store', '9.png', 'Thumbs.db', 'desktop.ini', '~$open.png'].map(
      (name) => new File([], name),
    );
    expect(imageFiles(files).map(({ name }) => name)).toEqual(['9.png', '10.png']);
    // A file that is chosen alone is chosen on purpose.
    expect(imageFiles([new File([], '.hidden.png')])).toHaveLength(1);
  });
});
