import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeClassifier } from '@/lib/contracts/classifier';
import { Health } from '@/lib/contracts/health';
import { InferResult } from '@/lib/contracts/infer';
import { InferOptions, PostprocessOptions } from '@/lib/contracts/options';
import { Problem } from '@/lib/contracts/problem';
import { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import { resetEnvForTests } from '@/lib/server/env';
import { heldBytes } from '@/lib/server/http/byte-lease';
import { readUpload } from '@/lib/server/http/read-upload';
import { readPhys, withPixelSize } from '@/lib/server/images/png-chunks';
import { stopEngine } from '@/lib/server/inference/engine';
import type { JobProgress } from '@/lib/server/jobs/define-job';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { holdUpload } from '@/lib/server/tasks/held-uploads';
import { INFER_JOB } from '@/lib/server/tasks/infer-job';
import { POSTPROCESS_JOB } from '@/lib/server/tasks/postprocess-job';
import packageJson from '@/package.json';
import { GET as getAny } from './[[...path]]/route';
import { DELETE as cancel, GET as getTask } from './batch/infer/[taskId]/route';
import { POST as submit } from './batch/infer/route';
import { GET as getHealth } from './health/route';
import { POST as infer } from './infer/route';
import { GET as getDescription } from './openapi.json/route';
import { POST as postprocess } from './postprocess/route';

const WIDTH = 96;
const HEIGHT = 80;
const NO_PARAMS = { params: Promise.resolve({}) };

function configure(variables: Record<string, string> = {}) {
  vi.unstubAllEnvs();
  vi.stubEnv('LOG_LEVEL', 'silent');
  vi.stubEnv('INFERENCE_PROVIDER', 'cpu');
  vi.stubEnv('REQUESTS_PER_MINUTE', '10000');
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  resetEnvForTests();
  forgetProcessWide('rate-limits');
  forgetProcessWide('jobs');
  forgetProcessWide('job-lines');
}

beforeAll(() => configure());
afterAll(async () => {
  await stopEngine();
  vi.unstubAllEnvs();
  resetEnvForTests();
});

/** Tissue of a sort: pale ground with dark discs. */
async function tissue(width = WIDTH, height = HEIGHT): Promise<Blob> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const isDisc = (x % 32) ** 2 / 400 + ((y % 27) - 13) ** 2 / 60 < 1;
      data.set(isDisc ? [110, 90, 150] : [235, 228, 232], 3 * (y * width + x));
    }
  return new Blob([
    new Uint8Array(
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  ]);
}

/** A probability picture with one positive and one negative nucleus. */
async function segmentation(width = WIDTH, height = HEIGHT): Promise<Blob> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 20; y < 40; y++)
    for (let x = 10; x < 30; x++) {
      data[3 * (y * width + x)] = 250;
      data[3 * (y * width + x + 40) + 2] = 250;
    }
  return new Blob([
    new Uint8Array(
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  ]);
}

const post = (path: string, parts: Record<string, Blob | string>, init: RequestInit = {}) => {
  const body = new FormData();
  for (const [name, part] of Object.entries(parts)) body.append(name, part);
  return new Request(`http://server/api/${path}`, { method: 'POST', body, ...init });
};

async function resultOf(response: Response): Promise<InferResult> {
  const body = await response.json();
  expect(response.status, JSON.stringify(body).slice(0, 500)).toBe(200);
  return InferResult.parse(body);
}

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return Problem.parse(await response.json());
}

async function untilEnded(taskId: string): Promise<TaskStatus> {
  for (;;) {
    const response = await getTask(new Request('http://server/'), { params: Promise.resolve({ taskId }) });
    const status = TaskStatus.parse(await response.json());
    if (!['PENDING', 'STARTED'].includes(status.state)) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('POST /api/infer', () => {
  it('answers seven RGB pictures of exactly the input’s size, numbers and provenance', async () => {
    const result = await resultOf(
      await infer(post('infer?resolution=40x&pil=true', { img: await tissue() }), NO_PARAMS),
    );
    expect(Object.keys(result.images)).toEqual(['Hema', 'DAPI', 'Lap2', 'Marker', 'Seg', 'SegOverlaid', 'SegRefined']);
    for (const base64 of Object.values(result.images)) {
      const { width, height, channels, format } = await sharp(Buffer.from(base64, 'base64')).metadata();
      expect([width, height, channels, format]).toEqual([WIDTH, HEIGHT, 3, 'png']);
      expect(readPhys(Buffer.from(base64, 'base64'))).toEqual({ x: 4_000_000, y: 4_000_000, perMetre: true });
    }
    const { scoring, provenance } = result;
    expect(scoring?.num_total).toBe((scoring?.num_pos ?? 0) + (scoring?.num_neg ?? 0));
    expect(scoring?.seg_thresh).toBe(scoring?.prob_thresh);
    expect(scoring).toMatchObject({ size_thresh_upper: null, marker_thresh: null });
    expect(provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'resolution' });
    expect(result).not.toHaveProperty('cells');
    expect(heldBytes()).toBe(0);
  });

  it('names the very file and the software it was made from', async () => {
    const file = await tissue();
    const sha256 = createHash('sha256')
      .update(Buffer.from(await file.arrayBuffer()))
      .digest('hex');
    const { provenance } = await resultOf(await infer(post('infer?slim&resolution=40x', { img: file }), NO_PARAMS));
    expect(provenance).toMatchObject({ file_sha256: sha256, commit: 'unknown', software: packageJson.version });
    const parts = { img: file, seg_img: await segmentation() };
    const again = await resultOf(await postprocess(post('postprocess?resolution=40x', parts), NO_PARAMS));
    expect(again.provenance.file_sha256).toBe(sha256);
  });

  it('returns the refined picture only with slim, and the inferred ones only with nopost', async () => {
    const slim = await resultOf(await infer(post('infer?slim', { img: await tissue() }), NO_PARAMS));
    expect(Object.keys(slim.images)).toEqual(['SegRefined']);
    const whole = await resultOf(await infer(post('infer', { img: await tissue() }), NO_PARAMS));
    expect(slim.scoring).toEqual(whole.scoring);
    const nopost = await resultOf(await infer(post('infer?nopost=true', { img: await tissue() }), NO_PARAMS));
    expect(Object.keys(nopost.images)).toEqual(['Hema', 'DAPI', 'Lap2', 'Marker', 'Seg']);
    expect(nopost).not.toHaveProperty('scoring');
  });

  it('fails with the caller’s mistake, and holds nothing afterwards', async () => {
    const text = new Blob(['no image at all']);
    expect(await problemOf(await infer(post('infer', { img: text }), NO_PARAMS))).toMatchObject({
      status: 415,
      code: 'unreadable_image',
    });
    const unknown = await infer(post('infer?model=none-such', { img: await tissue() }), NO_PARAMS);
    expect(await problemOf(unknown)).toMatchObject({ status: 404, code: 'model_not_found' });
    const cut = (await tissue(600, 600)).slice(0, 800);
    expect(await problemOf(await infer(post('infer', { img: cut }), NO_PARAMS))).toMatchObject({ status: 415 });
    expect(heldBytes()).toBe(0);
  });

  it('cancels the work of a client that went away', async () => {
    const gone = new AbortController();
    const request = post('infer', { img: await tissue() }, { signal: gone.signal });
    const answer = infer(request, NO_PARAMS);
    setTimeout(() => gone.abort(), 5);
    expect(await problemOf(await answer)).toMatchObject({ code: 'cancelled' });
    // A job is done with once it has truly stopped.
    await vi.waitFor(() => expect(heldBytes()).toBe(0));
  });
});

describe('POST /api/batch/infer', () => {
  it('gives a task that ends with the result, and forgets it on request', async () => {
    const accepted = await submit(post('batch/infer?resolution=40x&slim', { img: await tissue() }), NO_PARAMS);
    expect(accepted.status).toBe(200);
    const { task_id: taskId } = TaskAccepted.parse(await accepted.json());
    const status = await untilEnded(taskId);
    expect(status).toMatchObject({ state: 'SUCCESS', progress: 1, queue_position: 0 });
    expect(heldBytes()).toBe(0);
    expect(Object.keys(status.result?.images ?? {})).toEqual(['SegRefined']);
    const params = { params: Promise.resolve({ taskId }) };
    expect((await cancel(new Request('http://server/', { method: 'DELETE' }), params)).status).toBe(200);
    expect(await problemOf(await getTask(new Request('http://server/'), params))).toMatchObject({ status: 404 });
  });

  it('tells of a failure as a problem document', async () => {
    const cut = (await tissue(600, 600)).slice(0, 800);
    const { task_id: taskId } = TaskAccepted.parse(
      await (await submit(post('batch/infer', { img: cut }), NO_PARAMS)).json(),
    );
    expect(await untilEnded(taskId)).toMatchObject({
      state: 'FAILURE',
      error: { code: 'unreadable_image', status: 415 },
    });
    expect(heldBytes()).toBe(0);
  });

  it('revokes on DELETE', async () => {
    const accepted = await submit(post('batch/infer?resolution=40x', { img: await tissue(700, 700) }), NO_PARAMS);
    const { task_id: taskId } = TaskAccepted.parse(await accepted.json());
    const params = { params: Promise.resolve({ taskId }) };
    const revoked = await cancel(new Request('http://server/', { method: 'DELETE' }), params);
    expect(TaskStatus.parse(await revoked.json()).state).toBe('REVOKED');
    expect((await untilEnded(taskId)).state).toBe('REVOKED');
    await vi.waitFor(() => expect(heldBytes()).toBe(0));
  });

  it('holds nothing of a task that is revoked before it starts', async () => {
    configure({ CONCURRENT_IMAGES: '1' });
    const ids: string[] = [];
    for (const file of [await tissue(700, 700), await tissue(300, 300)])
      ids.push(TaskAccepted.parse(await (await submit(post('batch/infer', { img: file }), NO_PARAMS)).json()).task_id);
    for (const taskId of ids.reverse())
      await cancel(new Request('http://server/', { method: 'DELETE' }), { params: Promise.resolve({ taskId }) });
    await vi.waitFor(() => expect(heldBytes()).toBe(0));
    configure();
  });

  it('answers a full queue with 503 and Retry-After', async () => {
    configure({ QUEUE_LIMIT: '0', CONCURRENT_IMAGES: '1' });
    // The first must still be in work when the second comes.
    const [large, small] = [await tissue(2400, 2400), await tissue()];
    const first = await submit(post('batch/infer?slim&resolution=40x', { img: large }), NO_PARAMS);
    const second = await submit(post('batch/infer?slim', { img: small }), NO_PARAMS);
    expect(second.status).toBe(503);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problemOf(second)).code).toBe('queue_full');
    const { task_id: taskId } = TaskAccepted.parse(await first.json());
    await untilEnded(taskId);
    expect(heldBytes()).toBe(0);
    configure();
  });
});

describe('POST /api/postprocess', () => {
  it('scores given maps with the thresholds it is told', async () => {
    const parts = { img: await tissue(), seg_img: await segmentation() };
    const request = post('postprocess?prob_thresh=100&size_thresh=50', parts);
    const result = await resultOf(await postprocess(request, NO_PARAMS));
    expect(Object.keys(result.images)).toEqual(['SegOverlaid', 'SegRefined']);
    const { tumour, ...scoring } = result.scoring ?? {};
    expect(tumour?.made_by).toBe('prior');
    expect(scoring).toEqual({
      num_total: 2,
      num_pos: 1,
      num_neg: 1,
      percent_pos: 50,
      prob_thresh: 100,
      seg_thresh: 100,
      size_thresh: 50,
      size_thresh_upper: null,
      marker_thresh: null,
      exclude_on_edges: false,
      num_on_edges: 0,
    });
    // Wilson's interval of 1 of 2 is 9.453 to 90.547 %: told to a tenth, as the percentage is.
    expect(result.percent_pos_interval).toEqual([9.5, 90.5]);
  });

  it('counts the tumour nuclei beside all, but for markers of other cells', async () => {
    const parts = { img: await tissue(), seg_img: await segmentation(), include: 'cells' };
    const { scoring, cells = [] } = await resultOf(
      await postprocess(post('postprocess?marker=Ki67', parts), NO_PARAMS),
    );
    const ofTumour = cells.filter(({ kind }) => kind === 'tumour');
    const positive = ofTumour.filter(({ positive: isPositive }) => isPositive).length;
    expect(cells).toHaveLength(2);
    expect(scoring?.tumour).toMatchObject({
      num_total: ofTumour.length,
      num_pos: positive,
      num_neg: ofTumour.length - positive,
    });
    for (const marker of ['cd3', 'cd8', 'cd138', 'he']) {
      const other = await resultOf(await postprocess(post(`postprocess?marker=${marker}`, parts), NO_PARAMS));
      expect(other.scoring).toEqual({ ...scoring, tumour: null });
    }
  });

  it('measures membranes where the marker is one of them, and says what that was checked on', async () => {
    const [width, height] = [WIDTH, HEIGHT];
    const data = new Uint8Array(width * height * 3).fill(250);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const outside = Math.max(10 - x, x - 29, 20 - y, y - 39);
        if (outside >= 4 && outside <= 6) data.set([150, 90, 60], 3 * (y * width + x));
      }
    const ringed = await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const parts = { img: new Blob([new Uint8Array(ringed)]), seg_img: await segmentation(), include: 'cells,geojson' };
    const ask = async (query: string) =>
      resultOf(await postprocess(post(`postprocess?resolution=40x&${query}`, parts), NO_PARAMS));
    const { membrane, cells = [], geojson, warnings } = await ask('marker=HER2');
    const [ring, none] = cells.map((cell) => cell.membrane);
    expect(ring?.completeness).toBeCloseTo(1, 2);
    expect(ring?.od).toBeGreaterThan(0.4);
    expect(none?.completeness).toBeLessThan(0.1);
    expect(geojson?.features[0]?.properties.measurements).toHaveProperty('Membrane: Completeness', ring?.completeness);
    const ofTumour = cells.filter(({ kind }) => kind === 'tumour');
    expect(membrane?.tumour.num_total).toBe(ofTumour.length);
    expect(membrane?.cuts).toMatchObject({ weak: 0.15, complete: 0.8 });
    expect(warnings.map(({ code }) => code)).toContain('membrane_unproven');
    const strict = await ask('marker=other&measure=membrane&membrane_weak=2&membrane_moderate=2&membrane_strong=2');
    expect(strict.cells?.[0]?.membrane?.completeness).toBe(0);
    const plain = await ask('marker=Ki67');
    expect(plain.membrane).toBeUndefined();
    expect(plain.cells?.[0]).not.toHaveProperty('membrane');
    expect(plain.warnings.map(({ code }) => code)).not.toContain('membrane_unproven');
  });

  it('tells kinds and classes by a taught classifier, and says so', async () => {
    const weights = {
      classes: [{ name: 'DCIS', kind: 'tumour' }] as const,
      rows: TAUGHT_COLUMNS.map((column) => [0, 0, 0, 0, column === 'constant' ? 50 : 0]),
    };
    const taught = {
      weights,
      limits: { positiveFrom: null, negativeBelow: 3 },
      clicks: 20,
      classClicks: 10,
      images: 1,
    };
    const by = { made_at: '2026-11-30T10:00:00Z', software: '1', model: 'any', model_sha256: '' };
    const parts = {
      ...{ img: await tissue(), seg_img: await segmentation(), include: 'cells,geojson', geojson_classes: 'kinds' },
      classifier: JSON.stringify(writeClassifier(taught, by)),
    };
    const { scoring, cells, geojson } = await resultOf(await postprocess(post('postprocess', parts), NO_PARAMS));
    expect(scoring).toMatchObject({
      ...{ num_total: 2, num_pos: 0 },
      tumour: { num_total: 2, made_by: 'taught with 20 clicks' },
      taught: { clicks: 20, class_clicks: 10, positive_from: null, negative_below: 3 },
    });
    expect(cells?.map((cell) => [cell.kind, cell.class_name])).toEqual([
      ['tumour', 'DCIS'],
      ['tumour', 'DCIS'],
    ]);
    expect(geojson?.features[0]?.properties.classification.name).toBe('DCIS: Negative');
    expect(geojson?.restain.kinds_made_by).toBe('taught with 20 clicks');
    const refused = await postprocess(post('postprocess', { ...parts, classifier: '{"schema":"other/1"}' }), NO_PARAMS);
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toContain(
      'expected a taught classifier with "schema": "restain-classifier/1", got "other/1"',
    );
  });

  it('gives the nuclei, inside a region only when there is one', async () => {
    const roi = '{"type":"Polygon","coordinates":[[[0,0],[40,0],[40,80],[0,80],[0,0]]]}';
    const parts = { img: await tissue(), seg_img: await segmentation(), roi, include: 'cells,geojson' };
    const { scoring, cells, geojson, coordinates } = await resultOf(
      await postprocess(post('postprocess', parts), NO_PARAMS),
    );
    expect(scoring).toMatchObject({ num_total: 1, num_pos: 1 });
    expect(cells).toMatchObject([{ id: 1, positive: true, centroid: [20, 30], bbox: [10, 20, 30, 40], area_px: 400 }]);
    expect(geojson?.features[0]?.geometry.coordinates).toEqual([
      [
        [10, 20],
        [30, 20],
        [30, 40],
        [10, 40],
        [10, 20],
      ],
    ]);
    expect(coordinates).toMatchObject({ coordinates: 'image', level: 0, downsample: 1, microns_per_pixel: 0.5 });
    expect(geojson?.restain).toEqual({ ...coordinates, kinds_made_by: 'prior' });
    expect(geojson?.features[0]?.properties.classification.name).toBe('Positive');
  });

  it('counts a region, the nuclei and the regions of interest in pixels of the slide on request', async () => {
    const square = [
      [110, 250],
      [150, 250],
      [150, 290],
      [110, 290],
      [110, 250],
    ];
    const collection = {
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', geometry: { type: 'Polygon', coordinates: [square] }, properties: {} },
        { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] }, properties: {} },
      ],
    };
    const parts = {
      img: await tissue(400, 400),
      seg_img: await segmentation(),
      region: `100,240,${WIDTH},${HEIGHT}`,
      roi: JSON.stringify(collection),
      include: 'cells,geojson',
      coordinates: 'slide',
      geojson_classes: 'grades',
    };
    const { cells, geojson, warnings } = await resultOf(await postprocess(post('postprocess', parts), NO_PARAMS));
    expect(cells).toMatchObject([{ centroid: [120, 270], bbox: [110, 260, 130, 280], area_px: 400 }]);
    expect(geojson?.restain).toMatchObject({
      coordinates: 'slide',
      region: { x: 100, y: 240, width: WIDTH, height: HEIGHT },
    });
    expect(geojson?.features[0]?.geometry.coordinates.at(0)?.at(0)).toEqual([110, 260]);
    expect(geojson?.features[0]?.properties.classification.name).toMatch(/^[123]\+$/);
    expect(warnings).toContainEqual({
      code: 'roi_partly_used',
      detail: 'Of the file 1 region is used; left out, as they are no regions: 1 Point.',
    });
  });

  it('takes regions of a file that states its coordinates by these, whatever the nuclei count', async () => {
    const ring = [
      [110, 250],
      [150, 250],
      [150, 290],
      [110, 290],
      [110, 250],
    ];
    const roi = {
      restain: { coordinates: 'slide' },
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [ring] },
    };
    const parts = {
      ...{ img: await tissue(400, 400), seg_img: await segmentation(), region: `100,240,${WIDTH},${HEIGHT}` },
      ...{ roi: JSON.stringify(roi), include: 'cells' },
    };
    const { cells, scoring } = await resultOf(await postprocess(post('postprocess', parts), NO_PARAMS));
    expect(scoring?.num_total).toBe(1);
    expect(cells).toMatchObject([{ centroid: [20, 30] }]);
  });

  // As the ImageJ plugin does, which sends the two thresholds it was told and no magnification.
  it.each([
    ['ki67-10x', 'resolution=10x'],
    ['ki67-20x', 'resolution=20x'],
    ['ki67-40x', 'resolution=40x'],
    ['ki67-40x', 'microns_per_pixel=0.2537'],
  ])('counts our own pictures of %s again as they were counted at %s', async (sample, size) => {
    const bytes = await sharp(`public/samples/${sample}.jpg`)
      .extract({ left: 0, top: 0, width: 300, height: 260 })
      .png()
      .toBuffer();
    const img = new Blob([new Uint8Array(withPixelSize(bytes, null))]);
    const { images, scoring, provenance } = await resultOf(await infer(post(`infer?${size}`, { img }), NO_PARAMS));
    const seg_img = new Blob([Buffer.from(images.Seg ?? '', 'base64')]);
    const thresholds = `prob_thresh=${scoring?.prob_thresh}&size_thresh=${scoring?.size_thresh}`;
    const again = await resultOf(await postprocess(post(`postprocess?${thresholds}`, { img, seg_img }), NO_PARAMS));
    expect(scoring?.num_total).toBeGreaterThan(10);
    expect(again.scoring).toEqual(scoring);
    expect(again.provenance.microns_per_pixel).toBe(provenance.microns_per_pixel);
    expect(again.provenance.microns_per_pixel_stated_by).toBe('PNG pHYs of seg_img');
  });

  it('leaves out nuclei at the edge of the picture when asked to, and says so either way', async () => {
    // The second nucleus ends with the picture.
    const parts = async () => ({ img: await tissue(70, 80), seg_img: await segmentation(70, 80), resolution: '20x' });
    const all = await resultOf(await postprocess(post('postprocess', await parts()), NO_PARAMS));
    expect(all.scoring).toMatchObject({ num_total: 2, num_pos: 1, exclude_on_edges: false, num_on_edges: 1 });
    const inner = { ...(await parts()), exclude_on_edges: '', include: 'cells' };
    const { scoring, cells, cells_per_mm2, area_mm2 } = await resultOf(
      await postprocess(post('postprocess', inner), NO_PARAMS),
    );
    expect(scoring).toMatchObject({ num_total: 1, num_pos: 1, exclude_on_edges: true, num_on_edges: 1 });
    expect(cells).toHaveLength(1);
    expect([area_mm2, cells_per_mm2]).toEqual([all.area_mm2, (all.cells_per_mm2 ?? 0) / 2]);
  });

  it('says where a count of none comes from', async () => {
    const outside = '{"type":"Polygon","coordinates":[[[500,0],[540,0],[540,80],[500,0]]]}';
    const parts = { img: await tissue(), seg_img: await segmentation(), roi: outside, resolution: '20x' };
    const { scoring, warnings } = await resultOf(await postprocess(post('postprocess', parts), NO_PARAMS));
    expect(scoring?.num_total).toBe(0);
    expect(warnings.map(({ code }) => code)).toEqual(['nothing_found', 'region_outside_image']);
  });

  it('refuses files of different sizes with 422', async () => {
    const parts = { img: await tissue(), seg_img: await segmentation(64, 64) };
    const problem = await problemOf(await postprocess(post('postprocess', parts), NO_PARAMS));
    expect(problem).toMatchObject({ status: 422, code: 'size_mismatch', errors: [{ pointer: '/seg_img' }] });
    expect(problem.detail).toContain('96 x 80');
    expect(problem.detail).toContain('64 x 64');
  });

  it('names every missing file', async () => {
    const problem = await problemOf(await postprocess(post('postprocess', { prob_thresh: '1' }), NO_PARAMS));
    expect(problem.errors?.map((error) => error.pointer)).toEqual(['/img', '/seg_img']);
  });
});

describe('the posted bytes', () => {
  /** How many are held when a job enters each of its stages. */
  function watchStages() {
    const held: Record<string, number> = {};
    const report = ({ stage }: JobProgress) => {
      held[stage] ??= heldBytes();
    };
    return { held, context: { signal: new AbortController().signal, report, stalls: 0 } };
  }

  // Rule: bytes count until they are decoded, so that the next image can be sent while one is analysed.
  it('of an image are let go before it is analysed', async () => {
    const request = post('infer?slim&resolution=40x', { img: await tissue() });
    const upload = await readUpload(request, InferOptions, { img: 'required' });
    const { held, context } = watchStages();
    await INFER_JOB.handler({ upload: holdUpload(upload), options: upload.options }, context);
    expect(held.reading).toBeGreaterThan(0);
    expect(held.inferring).toBe(0);
  });

  it('of an image and its maps are let go before they are scored', async () => {
    const request = post('postprocess', { img: await tissue(), seg_img: await segmentation() });
    const upload = await readUpload(request, PostprocessOptions, { img: 'required', seg_img: 'required' });
    const { held, context } = watchStages();
    const { options } = upload;
    await POSTPROCESS_JOB.handler({ upload: holdUpload(upload), options, hasMarker: false }, context);
    expect(held.reading).toBeGreaterThan(0);
    expect(held.scoring).toBe(0);
  });
});

describe('the rest', () => {
  it('tells its health', async () => {
    const health = Health.parse(await (await getHealth(new Request('http://server/'), NO_PARAMS)).json());
    expect(health).toMatchObject({ status: 'ok', provider: 'cpu', jobs: { provider: 'local', is_reachable: true } });
    expect(health.models.filter((model) => model.is_default)).toHaveLength(1);
  });

  it('describes itself', async () => {
    const response = await getDescription(new Request('http://server/'), NO_PARAMS);
    expect(await response.json()).toMatchObject({ openapi: '3.1.0' });
  });

  it('answers unknown addresses and tasks with a problem', async () => {
    expect(await problemOf(await getAny(new Request('http://server/api/x'), NO_PARAMS))).toMatchObject({ status: 404 });
    const params = { params: Promise.resolve({ taskId: 'none' }) };
    expect(await problemOf(await getTask(new Request('http://server/'), params))).toMatchObject({
      code: 'task_not_found',
    });
  });
});
