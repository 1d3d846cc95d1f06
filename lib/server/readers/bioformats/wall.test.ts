import { readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTempFolder } from '@/lib/server/readers/temp/temp-folder';
import { ReaderProcess } from '@/lib/server/readers/walled/reader-process';
import { findWall, type Program } from '@/lib/server/readers/walled/wall';
import { drawTiff, omeXml, omeXmlOf } from '../__fixtures__/draw-tiff';
import { drawZip } from '../__fixtures__/draw-zip';
import { HEIGHT, isInstalled, page, WIDTH } from '../__fixtures__/drawn-slide';
import { openSource } from '../__fixtures__/read-file';
import { HEADERS } from '../__fixtures__/text-headers';
import { bioformatsProgram } from './program';
import { getReaders, setReadersForTests, type WallOptions } from './reader-line';

/** Secrets beside the uploads: the colour of a picture, and the bytes of a file. */
const COLOUR = [201, 7, 133];
const pixels = Buffer.alloc(WIDTH * HEIGHT * 3, Buffer.from(COLOUR));
const secretPicture = drawTiff([
  page({ pixels, tags: { 270: omeXml({ width: WIDTH, height: HEIGHT }, ['x'], { samples: 3 }) } }),
]);

const outside = await mkdtemp(join(tmpdir(), 'slides-test-'));
const picture = join(outside, 'secret.ome.tif');
await writeFile(picture, secretPicture);
await writeFile(join(outside, 'secret'), pixels);
afterAll(() => rm(outside, { recursive: true }));

const program = (isInstalled ? await bioformatsProgram() : null) as Program;
const has = async (wall: 'bwrap' | 'unshare') => isInstalled && (await findWall(program, wall)).kind === wall;
/** Each wall without the other. */
const WALLS: [string, WallOptions, boolean][] = [
  ['the security manager alone', { wall: 'none' }, isInstalled],
  ['bwrap alone', { wall: 'bwrap', isUnconfined: true }, await has('bwrap')],
  ['unshare alone', { wall: 'unshare', isUnconfined: true }, await has('unshare')],
];

it.skipIf(!isInstalled || process.getuid?.() !== 0 || process.platform !== 'linux')(
  'there is a wall of the system wherever we are root, with a user of its own',
  async () => {
    expect(await findWall(program)).toMatchObject({ kind: expect.not.stringMatching('none'), hasOwnUid: true });
  },
);

for (const [name, options, isThere] of WALLS)
  describe.skipIf(!isThere)(name, () => {
    const reader = new ReaderProcess(() => bioformatsProgram(options), options.wall);
    afterAll(() => reader.stop());

    /** The reader's answer for a path, from the folder of another slide. */
    async function tell(pathOf: (folder: string) => string, prepare = async (_folder: string) => {}): Promise<string> {
      const folder = await makeTempFolder();
      await writeFile(
        join(folder.files, 'slide.ome.tif'),
        drawTiff([page({ tags: { 270: omeXmlOf([{ width: WIDTH, height: HEIGHT }]) } })]),
      );
      await prepare(folder.files);
      try {
        const seen = await reader.show(folder);
        const answer = await reader.request(['open', seen, pathOf(join(seen, 'slide', 'files'))], 20);
        return answer.kind === 'pixels' ? 'pixels' : `${answer.kind} ${answer.json}`;
      } finally {
        await reader.finish();
        await folder.remove();
      }
    }

    it('shows the slide’s own file', async () => {
      expect(await tell((folder) => join(folder, 'slide.ome.tif'))).toMatch(/^json/);
    });

    it.each([
      ['its path', () => picture],
      ['a path upward', (folder: string) => `${folder}/${'../../'.repeat(12)}${picture}`],
      ['/proc/self/root', () => `/proc/self/root${picture}`],
      ['/proc/self/cwd', () => `/proc/self/cwd/../../../../../..${picture}`],
      ['/proc/thread-self', () => `/proc/thread-self/root${picture}`],
      ['/proc/1/root', () => `/proc/1/root${picture}`],
      ['the server’s own root', () => `/proc/${process.pid}/root${picture}`],
      ['/proc/self below its own folder', (folder: string) => `${folder}/../../../proc/self/root${picture}`],
      ['a URL', () => `file://${picture}`],
    ])('does not open another file by %s', async (_, pathOf) => {
      expect(await tell(pathOf)).toMatch(/^error/);
    });

    it.each([
      ['to the file', 'link.ome.tif', picture],
      ['to its folder', `link/${basename(picture)}`, outside],
      ['to everything', `link${picture}`, '/'],
      ['to /proc/self/root', `link${picture}`, '/proc/self/root'],
      ['upward', `link${picture}`, '../../../../../../..'],
    ])('follows no link %s', async (_, path, target) => {
      const told = await tell(
        (folder) => join(folder, path),
        async (folder) => symlinkSync(target, join(folder, path.replace(/\/.*/, ''))),
      );
      expect(told).toMatch(/^error/);
    });

    it('sees no other slide', async () => {
      const other = await makeTempFolder();
      await writeFile(join(other.files, 'other.ome.tif'), secretPicture);
      expect(await tell(() => join(other.files, 'other.ome.tif'))).toMatch(/^error/);
      await other.remove();
    });

    describe('a header that names another file', () => {
      beforeAll(() => setReadersForTests(options));
      afterAll(() => getReaders().stop());

      const isNotShown = async ({ main, make }: (typeof HEADERS)[number]) => {
        for (const name of [`${'../../'.repeat(12)}proc/self/root${join(outside, 'secret')}`, picture])
          expect(await isTold(drawZip([{ name: main, bytes: Buffer.from(make(name)) }]))).toBe(false);
      };
      // Some that Bio-Formats reads and some that it refuses. Trying all of them takes long.
      const [few, many] = [HEADERS.slice(0, 6), HEADERS.slice(6)];
      it.each(few)('$format: nothing of it is shown', { timeout: 120_000 }, isNotShown);
      it.each(many)('$format: nothing of it is shown', { tags: ['long'], timeout: 120_000 }, isNotShown);
    });
  });

/** Whether a file shows the secret in any of its images. */
async function isTold(bytes: Uint8Array): Promise<boolean> {
  let slide: Awaited<ReturnType<typeof openSource>>;
  try {
    slide = await openSource(bytes);
  } catch (error) {
    expect(error).toMatchObject({ code: 'unreadable_image' });
    return false;
  }
  try {
    const { width, height } = slide;
    const { data } = await slide.readRegion({ x: 0, y: 0, width, height }, 1);
    return Buffer.from(data).includes(Buffer.from(COLOUR));
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/unreadable_image|image_too_large/) });
    return false;
  } finally {
    await slide.close();
  }
}

describe.skipIf(!isInstalled)('the formats', () => {
  it('are as many as docs/formats.md says, and none that follows names out of the upload', async () => {
    const reader = new ReaderProcess(bioformatsProgram);
    const folder = await makeTempFolder();
    await reader.show(folder);
    const answer = await reader.request(['formats'], 20);
    await reader.finish();
    reader.stop();
    await folder.remove();
    const names: string[] = answer.kind === 'json' ? JSON.parse(answer.json) : [];
    expect(names.filter((name) => /nrrd|image cytometry|cellh5|bdv|pattern|simulated|\burl|zip/i.test(name))).toEqual(
      [],
    );
    const page = readFileSync('docs/formats.md', 'utf8');
    expect(page).toContain(`DICOM, OME-TIFF and ${names.length - 6} more`);
  });
});
