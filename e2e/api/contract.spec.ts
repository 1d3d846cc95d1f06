import { type APIResponse, expect, test } from '@playwright/test';
import sharp, { type Sharp } from 'sharp';
import { Health } from '@/lib/contracts/health';
import { InferResult } from '@/lib/contracts/infer';
import { Problem } from '@/lib/contracts/problem';
import { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { countTissue, describePng, drawSegmentation, drawTissue } from './drawn-pictures';

const WIDTH = 200;
const HEIGHT = 120;

const img = async (width = WIDTH, height = HEIGHT) => ({
  name: 'Müller, Eva 1950.png',
  mimeType: 'image/png',
  buffer: await drawTissue(width, height),
});

async function problemOf(response: APIResponse): Promise<Problem> {
  expect(response.headers()['content-type']).toBe('application/problem+json');
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status());
  expect(problem.instance).toBe(response.headers()['x-request-id']);
  return problem;
}

async function resultOf(response: APIResponse): Promise<InferResult> {
  expect(response.status(), (await response.text()).slice(0, 400)).toBe(200);
  expect(response.headers()['content-type']).toBe('application/json');
  return InferResult.parse(await response.json());
}

test('health says what the server analyses with', async ({ request }) => {
  const health = Health.parse(await (await request.get('/api/health')).json());
  expect(health.models.some((model) => model.is_default)).toBe(true);
});

test('an image comes back as seven pictures of its own size, with numbers', async ({ request }) => {
  const response = await request.post('/api/infer?resolution=40x', { multipart: { img: await img() } });
  const { images, scoring, provenance, warnings } = await resultOf(response);
  expect(Object.keys(images)).toEqual(['Hema', 'DAPI', 'Lap2', 'Marker', 'Seg', 'SegOverlaid', 'SegRefined']);
  for (const picture of Object.values(images)) expect(await describePng(picture)).toBe('png 200x120 3 uchar');
  expect(Object.keys(scoring ?? {})).toEqual([
    'num_total',
    'num_pos',
    'num_neg',
    'percent_pos',
    'prob_thresh',
    'seg_thresh',
    'size_thresh',
    'size_thresh_upper',
    'marker_thresh',
    'tumour',
    'exclude_on_edges',
    'num_on_edges',
  ]);
  expect(scoring?.tumour?.num_total).toBeLessThanOrEqual(scoring?.num_total ?? 0);
  expect(scoring?.num_total).toBe((scoring?.num_pos ?? 0) + (scoring?.num_neg ?? 0));
  expect(provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'resolution' });
  expect(warnings).toEqual([]);
});

test('a magnification that does not fit the nuclei is warned of, whatever sizes are counted', async ({ request }) => {
  const buffer = await sharp('public/samples/ki67-20x.jpg')
    .extract({ left: 0, top: 0, width: 400, height: 400 })
    .toBuffer();
  const file = { name: 'a.jpg', mimeType: 'image/jpeg', buffer };
  const warningsAt = async (options: string) =>
    (await resultOf(await request.post(`/api/infer?slim=1&${options}`, { multipart: { img: file } }))).warnings;
  expect(await warningsAt('resolution=20x')).toEqual([]);
  expect(await warningsAt('resolution=20x&size_thresh=300')).toEqual([]);
  for (const sizes of ['size_thresh=auto', 'size_thresh=0', 'size_thresh=300', 'algorithm=deepliif'])
    expect(await warningsAt(`resolution=40x&${sizes}`), sizes).toEqual([
      { code: 'pixel_size_doubtful', detail: expect.stringMatching(/ is likelier\.$/) },
    ]);
  expect(await warningsAt('resolution=10x')).toEqual([
    { code: 'pixel_size_doubtful', detail: expect.stringContaining('20x (0.5 µm per pixel) is likelier.') },
  ]);
});

test('options count the same in the query and in the form', async ({ request }) => {
  const buffer = await drawTissue(WIDTH, HEIGHT);
  const file = { name: 'a.png', mimeType: 'image/png', buffer };
  const options = { resolution: '40x', prob_thresh: '90', size_thresh: '30', marker_thresh: '200', slim: 'true' };
  const query = await resultOf(await request.post('/api/infer', { params: options, multipart: { img: file } }));
  const fields = await resultOf(await request.post('/api/infer', { multipart: { ...options, img: file } }));
  expect(query).toEqual(fields);
  expect(query.scoring).toMatchObject({ prob_thresh: 90, seg_thresh: 90, size_thresh: 30, marker_thresh: 200 });
});

test('the same image and options give the same answer', async ({ request }) => {
  const send = async () =>
    resultOf(await request.post('/api/infer?resolution=40x&include=cells', { multipart: { img: await img() } }));
  expect(await send()).toEqual(await send());
});

for (const [name, encode] of [
  ['JPEG', (s: Sharp) => s.jpeg({ quality: 95 })],
  ['WebP', (s: Sharp) => s.webp({ lossless: true })],
  ['AVIF', (s: Sharp) => s.avif({ quality: 80, effort: 0 })],
  ['GIF', (s: Sharp) => s.gif()],
  ['tiled TIFF', (s: Sharp) => s.tiff({ tile: true, tileWidth: 64, tileHeight: 64, compression: 'deflate' })],
] as const)
  test(`${name} is read, whatever the file is called`, async ({ request }) => {
    const buffer = await encode(sharp(await drawTissue(WIDTH, HEIGHT))).toBuffer();
    const file = { name: 'a.txt', mimeType: 'text/plain', buffer };
    const { images } = await resultOf(
      await request.post('/api/infer?resolution=40x&slim&pil', { multipart: { img: file } }),
    );
    expect(await describePng(images.SegRefined ?? '')).toBe('png 200x120 3 uchar');
  });

test('the smallest image, and long thin ones, are answered', async ({ request }) => {
  for (const [width, height] of [
    [1, 1],
    [1, 700],
    [1500, 2],
  ] as const) {
    const response = await request.post('/api/infer?resolution=40x', { multipart: { img: await img(width, height) } });
    const { images } = await resultOf(response);
    expect(await describePng(images.Seg ?? '')).toBe(`png ${width}x${height} 3 uchar`);
  }
});

test('the pixel size in the file is used when the request names none', async ({ request }) => {
  const buffer = await sharp(await drawTissue(WIDTH, HEIGHT))
    .withMetadata({ density: 25_400 / 0.25 })
    .png()
    .toBuffer();
  const file = { name: 'a.png', mimeType: 'image/png', buffer };
  const fromFile = await resultOf(await request.post('/api/infer?slim', { multipart: { img: file } }));
  expect(fromFile.provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'file' });
  const asked = await resultOf(
    await request.post('/api/infer?slim&microns_per_pixel=0.6', { multipart: { img: file } }),
  );
  expect(asked.provenance).toMatchObject({ microns_per_pixel: 0.6, microns_per_pixel_source: 'microns_per_pixel' });
  expect(asked.warnings[0]).toEqual({
    code: 'pixel_size_differs',
    detail: expect.stringContaining('The file states 0.25'),
  });
});

test('cells and GeoJSON come when asked for, and agree with the counts', async ({ request }) => {
  const { png, positive, negative } = await drawSegmentation(WIDTH, HEIGHT);
  const response = await request.post('/api/postprocess?include=cells,geojson&size_thresh=10&algorithm=deepliif', {
    multipart: { img: await img(), seg_img: { name: 's.png', mimeType: 'image/png', buffer: png } },
  });
  const { scoring, cells = [], geojson } = await resultOf(response);
  expect(scoring).toMatchObject({ num_pos: positive, num_neg: negative });
  expect(cells).toHaveLength(positive + negative);
  expect(cells.filter((cell) => cell.positive)).toHaveLength(positive);
  expect(cells[0]).toMatchObject({ id: 1, area_px: 400, bbox: [10, 10, 30, 30], centroid: [20, 20] });
  expect(geojson?.features).toHaveLength(cells.length);
  expect(cells[0]?.contour).toEqual([
    [10, 10],
    [30, 10],
    [30, 30],
    [10, 30],
  ]);
  expect(geojson?.restain).toMatchObject({ coordinates: 'image', level: 0, downsample: 1 });
  for (const { geometry } of geojson?.features ?? [])
    for (const rings of geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
      expect(rings[0]?.at(0)).toEqual(rings[0]?.at(-1));
});

test('H-score, Allred score and a hot spot on request follow from the nuclei', async ({ request }) => {
  const { png, positive, negative } = await drawSegmentation(WIDTH, HEIGHT);
  const score = async (options: Record<string, string> = {}) => {
    const seg_img = { name: 's.png', mimeType: 'image/png', buffer: png };
    const fixed = { size_thresh: '10', algorithm: 'deepliif', resolution: '20x' };
    return request.post('/api/postprocess', { multipart: { img: await img(), seg_img, ...fixed, ...options } });
  };
  const total = positive + negative;
  const plain = await resultOf(await score());
  expect(plain).toMatchObject({ area_mm2: 0.006, cells_per_mm2: total / 0.006 });
  expect(plain.intensity?.thresholds).toEqual({ two_plus: 0.33, three_plus: 0.43 });
  expect(plain).not.toHaveProperty('hot_spot');
  const { negative: none, one_plus: weak, two_plus: moderate, three_plus: strong } = plain.intensity!.bins;
  expect([none, weak + moderate + strong]).toEqual([negative, positive]);
  expect(plain.h_score).toBe(Math.round((100 * (weak + 2 * moderate + 3 * strong)) / total));

  const strongest = await resultOf(await score({ intensity_two_plus: '0', intensity_three_plus: '0' }));
  expect(strongest.intensity?.bins).toEqual({ negative, one_plus: 0, two_plus: 0, three_plus: positive });
  expect(strongest.h_score).toBe(Math.round((300 * positive) / total));
  // 9 of 15 nuclei are positive: up to two thirds.
  expect(strongest.allred).toEqual({ proportion: 4, intensity: 3, total: 7 });
  expect(strongest.scoring).toEqual(plain.scoring);

  const { hot_spot: spot, coordinates } = await resultOf(await score({ hot_spot_nuclei: '4' }));
  expect(spot).toMatchObject({ num_neg: 0, percent_pos: 100 });
  expect(spot!.num_pos).toBeGreaterThanOrEqual(4);
  const [x0, y0, x1, y1] = spot!.bbox;
  expect(spot!.area_mm2).toBeCloseTo(((x1 - x0) * (y1 - y0) * 0.25) / 1e6, 12);
  expect(coordinates).toMatchObject({ coordinates: 'image' });
  const missing = await resultOf(await score({ hot_spot_mm2: '0.2' }));
  expect(missing.hot_spot).toBeNull();
  expect(missing.warnings.map(({ code }) => code)).toContain('hot_spot_not_found');

  const refused = await problemOf(await score({ intensity_two_plus: '0.5' }));
  expect(refused.errors).toEqual([
    { pointer: '/intensity_two_plus', detail: 'expected at most intensity_three_plus (0.43), got 0.5' },
  ]);
});

test('a region is scored alone', async ({ request }) => {
  const { png, positive } = await drawSegmentation(WIDTH, HEIGHT);
  // The edge lies between two columns of nuclei, so that it cuts no nucleus.
  const right = WIDTH / 2 + 20;
  const ring = [
    [0, 0],
    [right, 0],
    [right, HEIGHT],
    [0, HEIGHT],
    [0, 0],
  ];
  const roi = JSON.stringify({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: {} });
  const seg_img = { name: 's.png', mimeType: 'image/png', buffer: png };
  const response = await request.post('/api/postprocess', {
    multipart: { img: await img(), seg_img, roi, size_thresh: '10', algorithm: 'deepliif' },
  });
  expect((await resultOf(response)).scoring).toMatchObject({ num_total: positive, num_neg: 0, percent_pos: 100 });
});

test('what postprocess draws from an inference’s own pictures is what inference drew', async ({ request }) => {
  const file = await img();
  const first = await resultOf(await request.post('/api/infer?resolution=40x', { multipart: { img: file } }));
  const part = (name: 'Seg' | 'Marker') => ({
    name: `${name}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(first.images[name] ?? '', 'base64'),
  });
  const again = await resultOf(
    await request.post('/api/postprocess?resolution=40x', {
      multipart: { img: file, seg_img: part('Seg'), marker_img: part('Marker') },
    }),
  );
  expect(again.scoring).toEqual(first.scoring);
  expect(again.images).toEqual({ SegOverlaid: first.images.SegOverlaid, SegRefined: first.images.SegRefined });
});

test('a task is polled, read more than once, and deleted', async ({ request }) => {
  const accepted = await request.post('/api/batch/infer?resolution=40x&slim', {
    multipart: { img: await img(800, 800) },
  });
  expect(accepted.status()).toBe(200);
  const { task_id: id } = TaskAccepted.parse(await accepted.json());
  expect(accepted.headers().location).toBe(`/api/batch/infer/${id}`);
  const seen: TaskStatus[] = [];
  await expect
    .poll(async () => {
      seen.push(TaskStatus.parse(await (await request.get(`/api/batch/infer/${id}`)).json()));
      return seen.at(-1)?.state;
    })
    .toBe('SUCCESS');
  const progress = seen.map((status) => status.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(seen.at(-1)?.result?.scoring).toMatchObject(countTissue(800, 800));
  expect((await request.get(`/api/batch/infer/${id}`)).status()).toBe(200);
  expect((await request.delete(`/api/batch/infer/${id}`)).status()).toBe(200);
  expect((await problemOf(await request.get(`/api/batch/infer/${id}`))).code).toBe('task_not_found');
});

test('a task can be revoked, and the next one runs', async ({ request }) => {
  const submit = async () =>
    TaskAccepted.parse(
      await (
        await request.post('/api/batch/infer?resolution=20x', { multipart: { img: await img(1200, 1200) } })
      ).json(),
    ).task_id;
  const id = await submit();
  expect(await (await request.delete(`/api/batch/infer/${id}`)).json()).toMatchObject({ state: 'REVOKED' });
  expect(await (await request.get(`/api/batch/infer/${id}`)).json()).toMatchObject({ state: 'REVOKED' });
  await resultOf(await request.post('/api/infer?resolution=40x&slim', { multipart: { img: await img() } }));
});

test.describe('failures', () => {
  const cases: [title: string, query: string, status: number, code: string, pointer: string, detail: RegExp][] = [
    [
      'a value out of range',
      'prob_thresh=256',
      400,
      'invalid_option',
      '/prob_thresh',
      /whole number from 0 to 255, got "256"/,
    ],
    ['an unknown value', 'resolution=80x', 400, 'invalid_option', '/resolution', /one of 10x, 20x, 40x, got "80x"/],
    ['a misspelt option', 'size_tresh=10', 400, 'invalid_option', '/size_tresh', /known ones are .*size_thresh/],
    ['options that contradict each other', 'nopost&slim', 400, 'invalid_option', '/slim', /nopost/],
    ['a region that is no GeoJSON', 'roi=here', 400, 'invalid_option', '/roi', /GeoJSON/],
  ];
  for (const [title, query, status, code, pointer, detail] of cases)
    test(`${title} is said to be the fault`, async ({ request }) => {
      const problem = await problemOf(await request.post(`/api/infer?${query}`, { multipart: { img: await img() } }));
      expect(problem).toMatchObject({ status, code });
      expect(problem.errors?.[0]?.pointer).toBe(pointer);
      expect(problem.errors?.[0]?.detail).toMatch(detail);
    });

  test('a missing, empty, misnamed or doubled file part is named', async ({ request }) => {
    const none = await problemOf(await request.post('/api/infer', { multipart: { resolution: '40x' } }));
    expect(none).toMatchObject({ status: 400, code: 'missing_part', errors: [{ pointer: '/img' }] });
    const empty = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(0) };
    expect((await problemOf(await request.post('/api/infer', { multipart: { img: empty } }))).detail).toContain(
      'empty',
    );
    const other = await problemOf(await request.post('/api/infer', { multipart: { file: await img() } }));
    expect(other.errors?.[0]).toMatchObject({ pointer: '/file', detail: expect.stringContaining('expected img') });
  });

  test('a body that is no form, or a broken one, is malformed', async ({ request }) => {
    for (const [type, data] of [
      ['application/json', '{}'],
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="img"; filename="x"\r\n\r\nabc'],
    ] as const) {
      const response = await request.post('/api/infer', { headers: { 'Content-Type': type }, data });
      expect(await problemOf(response)).toMatchObject({ status: 400, code: 'malformed_request' });
    }
  });

  test('what is no image is refused with the readers that were tried', async ({ request }) => {
    for (const content of [
      'hello',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/></svg>',
      '%PDF-1.4',
    ]) {
      const file = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(content) };
      const problem = await problemOf(await request.post('/api/infer', { multipart: { img: file } }));
      expect(problem).toMatchObject({ status: 415, code: 'unreadable_image' });
      expect(problem.detail).toContain('Common formats');
    }
  });

  test('files of different sizes are refused with both sizes', async ({ request }) => {
    const { png } = await drawSegmentation(64, 64);
    const response = await request.post('/api/postprocess', {
      multipart: { img: await img(), seg_img: { name: 's.png', mimeType: 'image/png', buffer: png } },
    });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 422, code: 'size_mismatch' });
    expect(problem.detail).toMatch(/200 x 120.*64 x 64/);
  });

  test('unknown addresses, tasks and methods are answered as problems', async ({ request }) => {
    expect((await problemOf(await request.get('/api/nothing/here'))).code).toBe('not_found');
    expect((await problemOf(await request.post('/api'))).code).toBe('not_found');
    expect((await problemOf(await request.get('/api/%E0%A4%A'))).code).toBe('not_found');
    expect((await problemOf(await request.get('/api/batch/infer/none'))).code).toBe('task_not_found');
    for (const path of ['/api/infer', '/api/batch/infer', '/api/postprocess']) {
      const response = await request.get(path);
      expect((await problemOf(response)).code).toBe('method_not_allowed');
      expect(response.headers().allow).toBe('POST');
    }
  });

  test('a file’s name comes back in no answer', async ({ request }) => {
    const file = { name: 'secret-name.png', mimeType: 'image/png', buffer: Buffer.from('no') };
    expect(await (await request.post('/api/infer', { multipart: { img: file } })).text()).not.toContain('secret-name');
  });
});

test('the page shows the document that the server publishes', async ({ request }) => {
  const document = await (await request.get('/api/openapi.json')).json();
  const page = await (await request.get('/api-docs')).text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(path);
  expect(page).toContain('id="rate_limited"');
});
