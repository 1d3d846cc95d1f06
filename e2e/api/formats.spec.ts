import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type APIRequestContext, expect, test } from '@playwright/test';
import { InferResult } from '@/lib/contracts/infer';
import { Problem } from '@/lib/contracts/problem';
import { describePng } from './drawn-pictures';

const slides = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'formats/slides');
const shared = (name: string) => readFileSync(join(slides, name));

/** Posts a file under a wrong name and type, which the server must ignore. */
const post = (request: APIRequestContext, buffer: Buffer, query = '') =>
  request.post(`/api/infer${query}`, { multipart: { img: { name: 'a.png', mimeType: 'image/png', buffer } } });

async function refusalOf(request: APIRequestContext, buffer: Buffer, query = ''): Promise<string> {
  const response = await post(request, buffer, query);
  expect(response.status()).toBe(415);
  const { code, detail } = Problem.parse(await response.json());
  expect(code).toBe('unreadable_image');
  return detail;
}

test('what no reader opens is refused with the readers tried', async ({ request }) => {
  expect(await refusalOf(request, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toMatch(
    /^No reader opens this file\. Common formats \(.+\): the content looks like SVG\. Bio-Formats: not asked/,
  );
  expect(await refusalOf(request, Buffer.from('no image at all'))).toMatch(
    /: the content is none of these\. Bio-Formats: none of its formats/,
  );
});

test.describe('microscope formats', () => {
  test.skip(!existsSync(slides), 'the shared format files are not on this machine');

  test('an OME-TIFF is analysed at the pixel size that it states', async ({ request }) => {
    const response = await post(request, shared('cells.ome.tif'));
    expect(response.status()).toBe(200);
    const { images, provenance } = InferResult.parse(await response.json());
    expect(provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'file' });
    expect(provenance.microns_per_pixel_stated_by).toBe('OME-XML');
    expect(await describePng(images.Seg as string)).toBe('png 93x131 3 uchar');
  });

  test('a CZI is read by Bio-Formats, unless pil keeps it from it', async ({ request }) => {
    const czi = shared('RGB-8bit.czi');
    const response = await post(request, czi, '?microns_per_pixel=0.5');
    expect(response.status()).toBe(200);
    expect(InferResult.parse(await response.json()).warnings).toContainEqual({
      code: 'pixel_size_differs',
      detail: 'The file states 1.0833 µm per pixel, the request 0.5; the latter was used.',
    });
    expect(await refusalOf(request, czi, '?pil=true')).toContain('the common reader only (pil)');
  });

  test('fluorescence is refused with a sentence that says why', async ({ request }) => {
    const why = 'Restain reads brightfield images (RGB).';
    expect(await refusalOf(request, shared('tiles.czi'))).toBe(
      `This Zeiss CZI file holds 2 fluorescence channels. ${why}`,
    );
    expect(await refusalOf(request, shared('test3-TRITC.ndpi'))).toBe(
      `This Hamamatsu NDPI file holds 1 fluorescence channel. ${why}`,
    );
  });
});
