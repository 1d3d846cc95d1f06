import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { withClient } from '@/lib/server/current-client';
import { resetEnvForTests } from '@/lib/server/env';
import { openSlide } from '@/lib/server/readers/open-slide';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { drawTiff } from '../__fixtures__/draw-tiff';
import { drawQuotedOverlap, drawZip } from '../__fixtures__/draw-zip';
import { ourFolders, page, refusalOf, rgb } from '../__fixtures__/drawn-slide';
import { readImage } from '../__fixtures__/read-file';
import { getUnpackingLine } from './unpack-slide';

describe('another archive', () => {
  it.each([
    ['gzip', gzipSync(drawTiff([page()]))],
    ['bzip2', Buffer.concat([Buffer.from('BZh61AY&SY'), Buffer.alloc(30)])],
    ['RAR', Buffer.concat([Buffer.from('Rar!\x1a\x07\x01\0'), Buffer.alloc(30)])],
    ['tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar  \0'), Buffer.alloc(300)])],
  ])('than a ZIP is refused by name: %s', async (kind, bytes) => {
    expect(await refusalOf(bytes)).toContain(`This is a ${kind} archive, which is not unpacked here.`);
  });
});

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
    ['a name that climbs out by backslashes', zip('..\\evil.tif'), 'is damaged, or refers outside itself'],
    ['one that climbs out further in', zip('a\\..\\..\\evil.tif'), 'is damaged, or refers outside itself'],
    ['a drive in its name', zip('C:\\evil.tif'), 'is damaged, or refers outside itself'],
    ['a host in its name', zip('\\\\host\\share\\evil.tif'), 'is damaged, or refers outside itself'],
    ['a name that is longer than files may have', zip(`${'ü'.repeat(150)}.tif`), 'is not a plain relative path'],
    ['a name with a tab in it', zip('a\tb.tif'), 'is not a plain relative path'],
    [
      'a link',
      drawZip([{ name: 'a.tif', bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]),
      'it holds a link or a device',
    ],
    ['a device', drawZip([{ name: 'a.tif', bytes: tiff, mode: 0o020666 }]), 'it holds a link or a device'],
    ['an encrypted file', drawZip([{ name: 'a.tif', bytes: tiff, isEncrypted: true }]), 'it is encrypted'],
    ['two files of one name', zip('a.tif', 'a.tif'), 'two files in it have the same name'],
    ['two files that Windows names the same', zip('a/a.tif', 'a\\a.tif'), 'two files in it have the same name'],
    ['a method that is not opened', drawZip([{ name: 'a.tif', bytes: tiff, method: 9 }]), 'compressed by Deflate64'],
    ['a method without a name', drawZip([{ name: 'a.tif', bytes: tiff, method: 77 }]), 'compressed by method 77'],
    ['a damaged file', drawZip([{ name: 'a.tif', bytes: tiff, crc: 1 }]), 'its checksum differs'],
    [
      'a damaged file that is not compressed',
      drawZip([{ name: 'a.tif', bytes: tiff, crc: 1, isStored: true }]),
      'its checksum differs',
    ],
    [
      'a local header that says otherwise',
      drawZip([{ name: 'a.tif', bytes: tiff, statedLocally: 5 }]),
      'its directory contradicts its entries',
    ],
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

  it.each([
    ['a dot before each name', drawZip([{ name: './a\\.\\slide.tif', bytes: tiff }])],
    ['names of Windows', drawZip([{ name: 'a\\b\\slide.tif', bytes: tiff }])],
    [
      'folders of Windows',
      drawZip([
        { name: 'a\\', bytes: Buffer.alloc(0) },
        { name: 'a\\slide.tif', bytes: tiff },
      ]),
    ],
    ['sizes behind the data', drawZip([{ name: 'slide.tif', bytes: tiff, hasDescriptor: true }])],
    ['ZIP64 fields', drawZip([{ name: 'slide.tif', bytes: tiff, isZip64: true }])],
    ['a file that is not compressed', drawZip([{ name: 'slide.tif', bytes: tiff, isStored: true }])],
    [
      'a folder and an empty file',
      drawZip([
        { name: 'a/', bytes: Buffer.alloc(0), mode: 0o040755, isStored: true },
        { name: 'a/slide.tif', bytes: tiff },
        { name: 'a/empty.txt', bytes: Buffer.alloc(0), isStored: true },
      ]),
    ],
  ])('with %s is read', async (_, bytes) => {
    const { raster } = await readImage(bytes);
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it.each([
    [
      'share all their bytes',
      drawZip([
        { name: 'a.tif', bytes: tiff },
        { name: 'b.tif', bytes: tiff, sameAs: 0 },
      ]),
    ],
    [
      'share the last bytes of one',
      drawZip([
        { name: 'a.tif', bytes: tiff },
        { name: 'b.tif', bytes: tiff, overlap: 12 },
      ]),
    ],
    [
      'share bytes, one of them clutter',
      drawZip([
        { name: '.DS_Store', bytes: tiff },
        { name: 'b.tif', bytes: tiff, sameAs: 0 },
      ]),
    ],
    [
      'share bytes by ZIP64 fields',
      drawZip([
        { name: 'a.tif', bytes: tiff, isZip64: true },
        { name: 'b.tif', bytes: tiff, isZip64: true, sameAs: 0 },
      ]),
    ],
    ['quote each other, to 2 GB from 130 kB', drawQuotedOverlap(1000, 2_000_000)],
  ])('whose files %s is refused, before a byte is unpacked', async (_, bytes) => {
    expect(await refusalOf(bytes)).toContain('files in it overlap');
  });

  it.each([
    ['ZIP', drawZip([{ name: 'inner.tif', bytes: tiff }])],
    ['ZIP', Buffer.concat([Buffer.from('PK\x07\x08'), drawZip([{ name: 'inner.tif', bytes: tiff }])])],
    ['gzip', gzipSync(tiff)],
    ['bzip2', Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(30)])],
    ['7z', Buffer.concat([Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), Buffer.alloc(30)])],
    ['tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0'), Buffer.alloc(300)])],
  ])('that holds a %s, under whatever name, beside whatever, is refused by name', async (kind, inner) => {
    const sentence = `This ZIP holds another archive (${kind}). Put the files of one slide into one ZIP, unpacked.`;
    for (const name of ['inner.zip', 'slide.tif', 'a.vsi', 'x'])
      expect(await refusalOf(drawZip([{ name, bytes: inner }]))).toBe(sentence);
    expect(
      await refusalOf(
        drawZip([
          { name: 'slide.tif', bytes: tiff },
          { name: 'b', bytes: inner },
        ]),
      ),
    ).toBe(sentence);
  });

  it.each(['slide.tif.gz', 'slide.TGZ', 'a.bz2', 'slide.zip'])(
    'with a file called %s is refused, whatever is in it',
    async (name) => {
      expect(await refusalOf(drawZip([{ name, bytes: tiff }]))).toContain('This ZIP holds another archive (');
    },
  );

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

  it('is unpacked when others have gone, two at a time; one client of many waits behind the others', async () => {
    const line = getUnpackingLine();
    const opened = await Promise.all([0, 1].map(() => openSlide(zip('a.tif'))));
    const waiting = Array.from({ length: 8 }, () => openSlide(zip('a.tif')).then((slide) => slide.close()));
    await expect(openSlide(zip('a.tif'))).rejects.toMatchObject({
      code: 'queue_full',
      detail: expect.stringContaining('8 ZIPs wait to be unpacked, 8 of them from this address. At most 16 may wait'),
      retryAfterSeconds: 10,
    });
    expect(ourFolders().filter((name) => readdirSync(join(tmpdir(), name)).includes('slide'))).toHaveLength(2);
    const other = withClient('another', () => openSlide(zip('a.tif')).then((slide) => slide.close()));
    await opened[0]!.close();
    await Promise.race([other, waiting[7]!.then(() => expect.unreachable('the last of many was before the only one'))]);
    await opened[1]!.close();
    await Promise.all(waiting);
    expect(line.load()).toEqual({ waiting: 0, inside: 0 });
  });

  it('that needs more room than there is is refused with both numbers', async () => {
    await expect(withRoom(tmpdir(), 1e18, 'To unpack this ZIP', async () => 0)).rejects.toMatchObject({
      code: 'storage_full',
      detail: expect.stringMatching(/^To unpack this ZIP takes 1000000000000000000 bytes of .* which has \d+ free\.$/),
    });
    const { bavail, bsize } = statfsSync(tmpdir());
    const most = Math.floor(bavail * bsize * 0.6);
    const both = [0, 1].map(() =>
      withRoom(tmpdir(), most, 'x', () => new Promise((resolve) => setTimeout(resolve, 50))),
    );
    // Either may be the first to learn how much is free.
    const ends = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(ends.sort()).toEqual(['fulfilled', 'rejected']);
    await withRoom(tmpdir(), most, 'x', async () => 0);
  });

  it('leaves nothing behind, and writes nothing outside its folder', () => {
    expect(ourFolders().filter((name) => readdirSync(join(tmpdir(), name)).includes('slide'))).toEqual([]);
    expect(() => readFileSync(join(tmpdir(), 'evil.tif'))).toThrow();
  });
});
