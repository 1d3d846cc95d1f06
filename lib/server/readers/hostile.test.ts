import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '@/lib/server/current-client';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawDicom } from './__fixtures__/draw-dicom';
import { drawTiff, omeXml, omeXmlOf, text } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { HEIGHT, isInstalled, MAX_MS, ome, ourFolders, page, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { describeImage, openSource, readImage } from './__fixtures__/read-file';
import { identifyContent } from './identify-content';
import { openRandomAccess } from './random-access';

const folder = mkdtempSync(join(tmpdir(), 'slides-test-'));
/** A file that must not be read, and a path at which a program that must not start would leave a mark. */
const secret = join(folder, 'secret.txt');
const mark = join(folder, 'mark');
writeFileSync(secret, 'Jane Doe 1970-01-01');
// The first file also waits for the start of the reading process, which must not count against it.
beforeAll(() => readImage(ome).catch(() => {}));
afterAll(() => {
  getReaders().stop();
  rmSync(folder, { recursive: true });
});

const size = { width: WIDTH, height: HEIGHT };
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'Jane Doe\r\nX-Evil: 1',
  `$(touch ${mark})`,
  `\`touch ${mark}\``,
  `; touch ${mark} #`,
  '../../../../etc/passwd',
  '%s%n%x',
  '\u202e\u0000gnp',
];
const escaped = (value: string) =>
  value.replaceAll(/[^ -~]|[<>"&]/g, (c) => (c === '\0' ? '' : `&#${c.charCodeAt(0)};`));

/** Everything that is told of a file: what it is, or why it is refused. */
async function toldOf(bytes: Uint8Array): Promise<string> {
  const started = performance.now();
  const told = await openSource(bytes).then(
    async (slide) => {
      const { images, format, pixelSize, magnification } = slide;
      await slide.close();
      return JSON.stringify({ images, format, pixelSize, magnification });
    },
    (error: { code?: string; message: string }) => {
      expect(error.code).toBe('unreadable_image');
      return error.message;
    },
  );
  expect(performance.now() - started).toBeLessThan(MAX_MS);
  return told;
}

const expectNothing = (told: string) => {
  expect(told).not.toMatch(/Jane|alert|onerror|passwd|touch|X-Evil|\p{Cc}/u);
  expect(existsSync(mark)).toBe(false);
};

describe('text in a file', () => {
  it.each(HOSTILE)('%j is told to nobody, wherever it stands', async (words) => {
    const named = omeXmlOf([{ ...size, name: escaped(words) }]);
    const channels = omeXml(
      size,
      ['Red', 'green', 'B'].map((_, i) => escaped(`${words}${i}`)),
    );
    const plane = Buffer.alloc(WIDTH * HEIGHT, 9);
    const files = [
      drawTiff([page({ tags: { 270: named } })]),
      drawTiff([0, 1, 2].map((c) => page({ samples: 1, pixels: plane, tags: c === 0 ? { 270: channels } : {} }))),
      drawTiff([page({ tags: { 270: text(`Aperio ${words}\n|MPP = 0.5|Patient = ${words}`), 305: text(words) } })]),
      drawTiff([page({ tags: { 65420: text(words), 65434: text(words) } })]),
      await drawDicom({ ...size, tile: 32, rgb, imageType: `ORIGINAL\\PRIMARY\\${words.replaceAll(/[^ -~]/g, '')}` }),
    ];
    for (const bytes of files) expectNothing(await toldOf(bytes));
  });

  it.each(HOSTILE.filter((words) => !words.includes('..') && !/\p{Cc}/u.test(words)))(
    'a file in a ZIP may be called %j, and is read all the same',
    async (words) => {
      const name = `slide/${words.replaceAll('/', '_')}.tif`;
      const bytes = drawZip([{ name, bytes: drawTiff([page({ tags: { 270: omeXmlOf([size]) } })]) }]);
      const told = await toldOf(bytes);
      expectNothing(told);
      if (isInstalled) expect(told).toContain('"format":"OME-TIFF"');
    },
  );

  it.each(['../../mark', '/tmp/mark', 'a/../../mark', 'C:\\mark', 'a\\..\\..\\mark', 'a\tb', 'a\nb', 'x'.repeat(500)])(
    'a file in a ZIP may not be called %j',
    async (name) => {
      const told = await toldOf(drawZip([{ name, bytes: drawTiff([page()]) }]));
      expect(told).toMatch(
        /ZIP: (the name of a file in it is not a plain relative path|the archive is damaged, or refers outside itself)/,
      );
    },
  );
});

describe.skipIf(!isInstalled)('XML in a file', () => {
  const declared = (declarations: string, name: string) => {
    const { text: xml } = omeXmlOf([{ ...size, name }]) as { text: string };
    return text(xml.replace('?>', `?><!DOCTYPE OME [${declarations}]>`));
  };
  const laughs = Array.from({ length: 12 }, (_, i) =>
    i === 0 ? '<!ENTITY l0 "lol">' : `<!ENTITY l${i} "${`&l${i - 1};`.repeat(10)}">`,
  );

  it.each([
    ['an entity from another file', declared(`<!ENTITY x SYSTEM "file://${secret}">`, '&x;')],
    ['an entity from the network', declared('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', '&x;')],
    ['a definition from the network', declared('<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;', 'a')],
    ['entities that multiply without end', declared(laughs.join(''), '&l11;')],
  ])('%s is not followed', async (_, description) => {
    expectNothing(await toldOf(drawTiff([page({ tags: { 270: description } })])));
  });

  const nested = (count: number) => `${'<a>'.repeat(count)}${'</a>'.repeat(count)}`;
  const inOme = (body: string) => {
    const { text: xml } = omeXmlOf([size]) as { text: string };
    return xml.replace(
      '</OME>',
      `<StructuredAnnotations><XMLAnnotation ID="Annotation:0"><Value>${body}</Value></XMLAnnotation></StructuredAnnotations></OME>`,
    );
  };
  const inTiff = (xml: string) => drawTiff([page({ tags: { 270: text(xml) } })]);
  const inZip = (name: string, xml: string) => drawZip([{ name, bytes: Buffer.from(xml) }]);

  const holdsNobodyUp = async (_: string, make: () => Buffer) => {
    const bytes = make();
    const started = performance.now();
    const flood = Promise.allSettled([1, 2, 3].map(() => withClient('flood', () => describeImage(bytes))));
    const other = await withClient('other', () => readImage(ome));
    const waited = performance.now() - started;
    expect(Buffer.from(other.raster.data).equals(rgb)).toBe(true);
    for (const ended of await flood)
      if (ended.status === 'rejected') expect(ended.reason).toMatchObject({ code: 'unreadable_image' });
    expect(waited).toBeLessThan(MAX_MS);
  };
  it.each([
    ['no end to its tags, in a TIFF', () => inTiff(`<?xml version="1.0"?><OME>${'<OME>'.repeat(500_000)}`)],
    ['190,000 tags in each other, in UTF-16', () => inZip('a.companion.ome', `\ufeff${inOme(nested(190_000))}`)],
  ])('%s holds no other slide up', { timeout: 120_000 }, holdsNobodyUp);
  it.each([
    ['400,000 tags in each other, in a TIFF', () => inTiff(inOme(nested(400_000)))],
    ['700,000 tags beside each other, in a TIFF', () => inTiff(inOme('<a/>'.repeat(700_000)))],
    [
      'a tag with 300,000 attributes',
      () => inTiff(inOme(`<a ${Array.from({ length: 300_000 }, (_, i) => `b${i}="1"`).join(' ')}/>`)),
    ],
    ['brackets in attributes to hide its depth', () => inTiff(inOme(`${'<a b="/>">'.repeat(150_000)}`))],
    ['400,000 tags in each other, in a companion file', () => inZip('a.companion.ome', inOme(nested(400_000)))],
    ['400,000 tags in each other, by itself', () => Buffer.from(inOme(nested(400_000)))],
    [
      '400,000 tags in each other, in a list of files',
      () => inZip('a.afi', `<ImageList>${nested(400_000)}</ImageList>`),
    ],
    [
      '400,000 tags in each other, in Zeiss’ envelope',
      () => inTiff(`<?xml version="1.0"?><ImageDocument>${nested(400_000)}</ImageDocument>`),
    ],
  ])('%s holds no other slide up', { tags: ['long'], timeout: 120_000 }, holdsNobodyUp);

  it.each([secret, '../../../../../../etc/passwd', 'http://127.0.0.1:9/x', '\\\\host\\share\\x'])(
    'pixels that lie in %s are not read from there',
    async (path) => {
      const { text: xml } = omeXmlOf([size]) as { text: string };
      const elsewhere = xml.replace(
        /<TiffData[^>]*\/>/,
        `<TiffData IFD="0" PlaneCount="1"><UUID FileName="${path}">urn:uuid:1b2c3d4e-0000-0000-0000-000000000000</UUID></TiffData>`,
      );
      const only = `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><BinaryOnly MetadataFile="${path}" UUID="urn:uuid:1b2c3d4e-0000-0000-0000-000000000000"/></OME>`;
      for (const description of [elsewhere, only])
        expectNothing(await toldOf(drawTiff([page({ tags: { 270: text(description) } })])));
    },
  );
});

it.skipIf(!isInstalled)('what is hostile leaves the reader as it was, and nothing behind', async () => {
  const { raster } = await readImage(drawTiff([page({ tags: { 270: omeXmlOf([size]) } })]));
  expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  getReaders().stop();
  expect(ourFolders()).toEqual([]);
});

describe('text that never ends', () => {
  const ome = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">';
  const n = 100_000;
  it.each([
    ['tags of pixels', `${ome}${'<Pixels '.repeat(n)}`],
    ['names of tags', `${ome}<${'a'.repeat(8 * n)}Pixels `],
    ['prefixes', `${ome}${'<a:'.repeat(3 * n)}Pixels `],
    ['attributes', `${ome}<Pixels ${'PhysicalSizeX='.repeat(n / 2)}>`],
    ['open quotes', `${ome}<Pixels ${'PhysicalSizeX="'.repeat(n / 2)}>`],
    ['spaces after a unit', `ImageJ=1.53\nunit=${' '.repeat(9 * n)}x\n`],
    ['units', `ImageJ=1.53\n${'unit=\n'.repeat(n)}`],
    ['spaces in Aperio’s', `Aperio ${'MPP '.repeat(n)}${' '.repeat(4 * n)}`],
    ['magnifications', `Aperio ${'AppMag   '.repeat(n)}`],
  ])('%s: is looked through in a moment', async (_, description) => {
    const file = await openRandomAccess(drawTiff([page({ tags: { 270: text(description) } })]));
    const before = process.cpuUsage();
    await identifyContent(file);
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(1);
  });
});

describe('a picture that would not fit', () => {
  it.each([
    [
      'a TIFF',
      drawTiff([page({ tags: { 256: { type: 4, values: [200_000] }, 257: { type: 4, values: [200_000] } } })]),
    ],
    [
      'an OME-TIFF',
      drawTiff([
        page({
          tags: {
            256: { type: 4, values: [200_000] },
            257: { type: 4, values: [200_000] },
            270: omeXmlOf([{ width: 200_000, height: 200_000 }]),
          },
        }),
      ]),
    ],
  ])('%s is refused by its header', async (_, bytes) => {
    const refused = { code: expect.stringMatching(/^(image_too_large|unreadable_image)$/) };
    await expect(describeImage(bytes)).rejects.toMatchObject(refused);
  });
});
