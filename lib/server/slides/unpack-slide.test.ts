import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { drawTiff } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { ourFolders, page, refusalOf, rgb } from './__fixtures__/drawn-slide';
import { readImage } from './read-image';

describe('a ZIP', () => {
  const tiff = drawTiff([page()]);
  const zip = (...names: string[]) => drawZip(names.map((name) => ({ name, bytes: tiff })));

  it('of one picture is that picture, whatever else the archiver put in', async () => {
    const { format, raster } = await readImage(zip('a/b/slide.tif', '__MACOSX/a/._slide.tif', '.DS_Store'));
    expect(format).toBe('TIFF');
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it.each([
    ['two slides', zip('a.tif', 'b.tif'), 'This ZIP holds 2 images. Send one slide at a time'],
    ['a MIRAX slide, whose JPEG shows the glass', zip('s.mrxs', 's/Slidedat.ini'), 'holds a MIRAX (MRXS) slide'],
    [
      'nothing to read',
      drawZip([
        { name: 'a.txt', bytes: Buffer.from('hi') },
        { name: 'b.txt', bytes: Buffer.from('ho') },
      ]),
      'no file in it is an image',
    ],
    ['a name that climbs out', zip('../../evil.tif'), 'is damaged, or refers outside itself'],
    ['an absolute name', zip('/tmp/evil.tif'), 'is damaged, or refers outside itself'],
    ['a name of a Windows path', zip('..\\evil.tif'), 'is damaged, or refers outside itself'],
    ['a name with a tab in it', zip('a\tb.tif'), 'a name that is no plain path'],
    ['a link', drawZip([{ name: 'a.tif', bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]), 'it holds a link'],
    ['an encrypted file', drawZip([{ name: 'a.tif', bytes: tiff, isEncrypted: true }]), 'it is encrypted'],
    ['two files of one name', zip('a.tif', 'a.tif'), 'is damaged'],
    ['a bomb', drawZip([{ name: 'a.tif', bytes: Buffer.alloc(40e6) }]), 'unpacks to more than 50 times its size'],
    [
      'a bomb that lies about its size',
      drawZip([{ name: 'a.tif', bytes: Buffer.alloc(40e6), statedSize: 1000 }]),
      'is damaged',
    ],
    [
      'too many files',
      drawZip(Array.from({ length: 5001 }, (_, i) => ({ name: `${i}`, bytes: Buffer.alloc(1) }))),
      'more than 5000 files',
    ],
    ['half of itself', zip('a.tif').subarray(0, 200), 'is damaged'],
  ])('with %s is refused', async (_, bytes, sentence) => {
    expect(await refusalOf(bytes)).toContain(sentence);
  });

  it('of a slide that no reader here opens leaves nothing behind', async () => {
    vi.stubEnv('BIOFORMATS_DIR', '/nowhere');
    resetEnvForTests();
    try {
      const before = ourFolders();
      const slide = drawZip([{ name: 'a.czi', bytes: Buffer.from('ZISRAWFILE') }]);
      expect(await refusalOf(slide)).toContain('not installed here');
      expect(ourFolders()).toEqual(before);
    } finally {
      vi.unstubAllEnvs();
      resetEnvForTests();
    }
  });

  it('leaves nothing behind, and writes nothing outside its folder', () => {
    expect(ourFolders().filter((name) => readdirSync(join(tmpdir(), name)).includes('slide'))).toEqual([]);
    expect(() => readFileSync(join(tmpdir(), 'evil.tif'))).toThrow();
  });
});
