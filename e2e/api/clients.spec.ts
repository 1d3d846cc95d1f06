import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { Scoring } from '@/lib/contracts/infer';
import { countTissue, drawTissue } from './drawn-pictures';

const SCRIPT = fileURLToPath(new URL('./assets/infer_and_save.py', import.meta.url));

for (const flags of [[], ['--plain']])
  test(`a Python script posts an image and saves the pictures ${flags.join('')}`, async ({ baseURL }, testInfo) => {
    const [image, folder] = [testInfo.outputPath('image.png'), testInfo.outputPath('pictures')];
    writeFileSync(image, await drawTissue(280, 200));
    const { stdout } = await promisify(execFile)('python3', [SCRIPT, baseURL ?? '', image, folder, ...flags]);
    expect(Scoring.parse(JSON.parse(stdout))).toMatchObject(countTissue(280, 200));
    expect(readdirSync(folder).sort()).toEqual(
      ['DAPI', 'Hema', 'Lap2', 'Marker', 'Seg', 'SegOverlaid', 'SegRefined'].map((name) => `${name}.png`),
    );
    for (const name of readdirSync(folder)) {
      const { width, height } = await sharp(readFileSync(`${folder}/${name}`)).metadata();
      expect([width, height]).toEqual([280, 200]);
    }
  });

/** A multipart form as Java programs write it: in chunks without a length, with all headers in each part. */
async function javaPost(url: string, files: Record<string, Buffer>): Promise<Record<string, unknown>> {
  const boundary = `----------------------------${Date.now().toString(16)}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: {
        'User-Agent': 'Java/1.8.0_322',
        Accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
        'Content-Type': `multipart/form-data; boundary=${boundary}`,
      },
    });
    request.on('response', resolve).on('error', reject);
    for (const [name, bytes] of Object.entries(files)) {
      request.write(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.png"\r\n` +
          'Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n',
      );
      for (let start = 0; start < bytes.length; start += 4096) request.write(bytes.subarray(start, start + 4096));
      request.write('\r\n');
    }
    request.end(`--${boundary}--\r\n`);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  expect(response.statusCode, text.slice(0, 400)).toBe(200);
  return JSON.parse(text);
}

test('a client like the ImageJ plugin submits, polls each second, and adjusts thresholds', async ({
  baseURL,
  request,
}) => {
  const img = await drawTissue(520, 520);
  const { task_id: id } = await javaPost(`${baseURL}/api/batch/infer?resolution=40x&pil=true`, { img });
  let answer: { state: string; result?: { images: Record<string, string>; scoring: Record<string, number> } };
  do {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const poll = await request.get(`/api/batch/infer/${id}`);
    expect(poll.status()).toBe(200);
    answer = await poll.json();
    expect(['PENDING', 'STARTED', 'SUCCESS']).toContain(answer.state);
  } while (answer.state !== 'SUCCESS');

  // The plugin reads these as integers, and sends two of them back.
  const { images, scoring } = answer.result ?? { images: {}, scoring: {} };
  expect(scoring).toMatchObject(countTissue(520, 520));
  for (const name of ['prob_thresh', 'size_thresh']) expect(Number.isInteger(scoring[name]), name).toBe(true);
  const pictures = Object.fromEntries(
    Object.entries(images).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
  );
  const adjusted = await javaPost(
    `${baseURL}/api/postprocess?prob_thresh=${scoring.prob_thresh}&size_thresh=${Number(scoring.size_thresh) + 10_000}`,
    { img, seg_img: pictures.Seg ?? Buffer.alloc(0) },
  );
  expect(Object.keys(adjusted.images as object)).toEqual(['SegOverlaid', 'SegRefined']);
  expect(adjusted.scoring).toMatchObject({
    num_total: 0,
    num_pos: 0,
    percent_pos: 0,
    prob_thresh: scoring.prob_thresh,
  });
});

for (const [file, savedAs] of [
  // ImageJ only reads plugins with an underscore in their names.
  ['restain-imagej.jar', 'Restain_.jar'],
  ['restain-client.jar', 'restain-client.jar'],
] as const)
  test(`${file} is served, whatever the request says of the host`, async ({ request }) => {
    const headers = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const response = await request.get(`/downloads/${file}`, { headers });
    expect(response.status()).toBe(200);
    expect(response.headers()).toMatchObject({
      'content-disposition': `attachment; filename="${savedAs}"`,
      'content-type': 'application/java-archive',
    });
    expect((await response.body()).equals(readFileSync(`public/downloads/${file}`))).toBe(true);
    expect((await request.head(`/downloads/${file}`)).status()).toBe(200);
    expect((await request.get('/downloads/restain-other.jar')).status()).toBe(404);
    expect(await (await request.get('/api-docs')).text()).toContain(`href="/downloads/${file}"`);
  });

test('several regions sent one after another are all answered', async ({ baseURL, request }) => {
  const sides = [80, 120, 160, 200];
  const ids: unknown[] = [];
  for (const side of sides) {
    const img = await drawTissue(side, side);
    ids.push((await javaPost(`${baseURL}/api/batch/infer?resolution=40x&pil=true&slim`, { img })).task_id);
  }
  for (const [i, id] of ids.entries()) {
    const ended = async () => (await request.get(`/api/batch/infer/${id}`)).json();
    await expect.poll(async () => (await ended()).state).toBe('SUCCESS');
    expect((await ended()).result.scoring).toMatchObject(countTissue(sides[i]!, sides[i]!));
  }
});
