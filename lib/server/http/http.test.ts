import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InferOptions } from '@/lib/contracts/options';
import { Problem } from '@/lib/contracts/problem';
import { AppError } from '@/lib/errors';
import { resetEnvForTests } from '@/lib/server/env';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { addressBucket, claimedAddress, clientAddress } from './address';
import { heldBytes } from './byte-lease';
import { decodableUrl } from './connections';
import { readBody } from './read-body';
import { readUpload } from './read-upload';
import { refuseOthers, route } from './route';

function configure(variables: Record<string, string>) {
  vi.stubEnv('LOG_LEVEL', 'silent');
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  resetEnvForTests();
  forgetProcessWide('rate-limits');
}

beforeEach(() => configure({}));
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

const URL_ = 'http://server/api/infer';
const post = (body: BodyInit, init: RequestInit & { query?: string } = {}) =>
  new Request(`${URL_}${init.query ?? ''}`, { method: 'POST', body, ...init });

function form(...entries: [string, string | Blob][]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, 'a.png');
  }
  return data;
}

const read = (request: Request) => readUpload(request, InferOptions, { img: 'required' });
const image = (bytes = 10) => new Blob([new Uint8Array(bytes)]);

describe('readUpload', () => {
  it('takes options from the query and from form fields', async () => {
    const upload = await read(post(form(['img', image()], ['prob_thresh', '7']), { query: '?resolution=40x&slim' }));
    expect(upload.options).toMatchObject({ resolution: '40x', slim: true, prob_thresh: 7 });
    expect(upload.files.img).toHaveLength(10);
    upload.lease.release();
  });

  it('takes a file without a file name', async () => {
    const body = '--x\r\nContent-Disposition: form-data; name="img"\r\nContent-Type: image/png\r\n\r\nabc\r\n--x--\r\n';
    const { files, lease } = await read(post(body, { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }));
    expect(Buffer.from(files.img as Uint8Array).toString()).toBe('abc');
    lease.release();
  });

  it('counts what it holds until that is released', async () => {
    const { lease } = await read(post(form(['img', image(5000)])));
    expect(heldBytes()).toBeGreaterThan(5000);
    lease.release();
    expect(heldBytes()).toBe(0);
  });

  it('bears an option said twice in the same words, and an empty one', async () => {
    const { options, lease } = await read(
      post(form(['img', image()], ['resolution', '40x'], ['algorithm', '']), { query: '?resolution=40x' }),
    );
    lease.release();
    expect(options.resolution).toBe('40x');
    expect(options).not.toHaveProperty('algorithm');
  });

  it.each([
    ['pil', 'false', 'False'],
    ['pil', '0', 'FALSE'],
    ['slim', '', 'true'],
    ['resolution', '40x', '40X'],
    ['resolution', '40x', ' 40x '],
    ['microns_per_pixel', '0.25', '0.250'],
    ['microns_per_pixel', '.5', '5e-1'],
    ['prob_thresh', '255', '254'],
    ['prob_thresh', '7', '007'],
    ['include', 'cells,geojson', 'geojson, cells'],
    [
      'roi',
      '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}',
      '{"coordinates": [[[0.0,0],[1,0],[1,1],[0,0]]], "type": "Polygon"}',
    ],
  ])('bears %s said twice in other words: %j and %j', async (name, first, second) => {
    const query = new URLSearchParams({ [name]: first });
    const { options, lease } = await read(post(form(['img', image()], [name, second]), { query: `?${query}` }));
    lease.release();
    expect(options).toHaveProperty(name);
  });

  it.each([
    ['a misspelt option', form(['img', image()], ['prob_tresh', '1']), '', 'invalid_option', '/prob_tresh'],
    [
      'an option said in two ways',
      form(['img', image()], ['resolution', '10x']),
      '?resolution=20x',
      'invalid_option',
      '/resolution',
    ],
    ['no file', form(['resolution', '10x']), '', 'missing_part', '/img'],
    ['an empty file', form(['img', image(0)]), '', 'missing_part', '/img'],
    ['a file under another name', form(['image', image()]), '', 'missing_part', '/image'],
    ['a file given twice', form(['img', image()], ['img', image()]), '', 'invalid_option', '/img'],
    ['a large file given twice', form(['img', image(300_000)], ['img', image(9)]), '', 'invalid_option', '/img'],
    [
      'a file given three times',
      form(['img', image(1)], ['img', image(2)], ['img', image(3)]),
      '',
      'invalid_option',
      '/img',
    ],
    ['an empty file and another', form(['img', image(0)], ['img', image()]), '', 'invalid_option', '/img'],
    ['a flag on and off', form(['img', image()], ['slim', 'false']), '?slim', 'invalid_option', '/slim'],
    [
      'two numbers',
      form(['img', image()], ['microns_per_pixel', '0.26']),
      '?microns_per_pixel=0.25',
      'invalid_option',
      '/microns_per_pixel',
    ],
    [
      'two fields that differ',
      form(['img', image()], ['size_thresh', '1'], ['size_thresh', 'auto']),
      '',
      'invalid_option',
      '/size_thresh',
    ],
    [
      'a sound value and one that is none',
      form(['img', image()], ['prob_thresh', 'x']),
      '?prob_thresh=7',
      'invalid_option',
      '/prob_thresh',
    ],
    ['a name that every object has', form(['img', image()], ['__proto__', '1']), '', 'invalid_option', '/__proto__'],
  ])('refuses %s and holds nothing of it', async (_, body, query, code, pointer) => {
    const error = await read(post(body, { query })).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code, fields: [{ pointer }] });
    expect(heldBytes()).toBe(0);
  });

  it('names the known options when one is unknown', async () => {
    const error = await read(post(form(['img', image()]), { query: '?threshold=3' })).catch((e: unknown) => e);
    expect((error as AppError).detail).toMatch(/threshold: unknown option; the known ones are .*prob_thresh/);
  });

  it.each([
    ['no multipart', 'abc', 'text/plain'],
    ['no boundary', 'abc', 'multipart/form-data'],
    ['a body without its boundary', 'abc', 'multipart/form-data; boundary=x'],
    [
      'a body cut short',
      '--x\r\nContent-Disposition: form-data; name="img"; filename="a"\r\n\r\nab',
      'multipart/form-data; boundary=x',
    ],
    ['a part cut in its header', '--x\r\nContent-Disposition: form-d', 'multipart/form-data; boundary=x'],
    ['an empty body', '', 'multipart/form-data; boundary=x'],
  ])('refuses %s as malformed', async (_, body, type) => {
    await expect(read(post(body, { headers: { 'Content-Type': type } }))).rejects.toMatchObject({
      code: 'malformed_request',
    });
  });

  it('stops at the limit when the length was announced', async () => {
    configure({ MAX_UPLOAD_BYTES: '1000' });
    const request = post(form(['img', image(2000)]), { headers: { 'Content-Length': '2200' } });
    request.headers.set('Content-Type', 'multipart/form-data; boundary=x');
    await expect(read(request)).rejects.toMatchObject({
      code: 'upload_too_large',
      detail: 'A request may have 1000 bytes (0.001 MB), this one has 2200.',
    });
  });

  it('stops at the limit when it was not', async () => {
    configure({ MAX_UPLOAD_BYTES: '100KB' });
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(Buffer.from('--x\r\nContent-Disposition: form-data; name="img"; filename="a"\r\n\r\n')),
      pull: (controller) => {
        sent += 10_000;
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    const request = post(endless, {
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      duplex: 'half',
    } as RequestInit);
    await expect(read(request)).rejects.toMatchObject({ code: 'upload_too_large' });
    expect(sent).toBeLessThan(150_000);
    expect(heldBytes()).toBe(0);
  });

  it('refuses with 503 when unfinished uploads hold all the memory there is for them', async () => {
    configure({ QUEUE_MEMORY: '3000' });
    const first = await read(post(form(['img', image(2000)])));
    await expect(read(post(form(['img', image(2000)])))).rejects.toMatchObject({ code: 'queue_full' });
    first.lease.release();
    (await read(post(form(['img', image(2000)])))).lease.release();
  });
});

describe('what one address may hold', () => {
  const proxied = (address: string, bytes: number) =>
    read(post(form(['img', image(bytes)]), { headers: { 'X-Forwarded-For': address } }));

  it('is half of the memory together, so that another address gets in', async () => {
    configure({ QUEUE_MEMORY: '10000', TRUST_PROXY: '1' });
    const first = await proxied('9.9.9.9', 3000);
    await expect(proxied('9.9.9.9:81', 3000)).rejects.toMatchObject({
      code: 'queue_full',
      detail: expect.stringMatching(/of one address may take 5000 bytes, and 3\d\d\d are taken/),
    });
    const other = await proxied('8.8.8.8', 4000);
    for (const { lease } of [first, other]) lease.release();
    expect(heldBytes()).toBe(0);
  });

  it('is one request in any case, which is never refused for good', async () => {
    configure({ QUEUE_MEMORY: '10000', TRUST_PROXY: '1' });
    const { lease } = await proxied('9.9.9.9', 8000);
    await expect(proxied('9.9.9.9', 100)).rejects.toMatchObject({ code: 'queue_full' });
    lease.release();
    (await proxied('9.9.9.9', 4000)).lease.release();
  });
});

describe('readBody', () => {
  const trickle = (pieces: (number | 'wait')[]) =>
    new Request(URL_, {
      method: 'POST',
      duplex: 'half',
      body: new ReadableStream<Uint8Array>({
        async pull(controller) {
          let piece = pieces.shift();
          for (; piece === 'wait'; piece = pieces.shift()) await new Promise((resolve) => setTimeout(resolve, 400));
          if (piece !== undefined) controller.enqueue(new Uint8Array(piece));
          else controller.close();
        },
      }),
    } as RequestInit);
  const bytesOf = async (request: Request) => {
    let bytes = 0;
    for await (const piece of readBody(request)) bytes += piece.byteLength;
    return bytes;
  };

  beforeEach(() => configure({ STALL_SECONDS: '1', LEAST_BYTES_PER_SECOND: '1000' }));

  it('gives up a sender that stands still, and one that trickles', async () => {
    const still = ['wait', 'wait', 'wait', 'wait'] as const;
    await expect(bytesOf(trickle([10_000, ...still, 10_000, ...still, 10]))).rejects.toMatchObject({
      code: 'request_too_slow',
      detail: expect.stringContaining('in 1 s this one brought 0.'),
    });
    await expect(bytesOf(trickle(Array(12).fill(['wait', 50]).flat()))).rejects.toMatchObject({
      code: 'request_too_slow',
    });
  });

  it('bears a slow one that is fast enough, and our own slowness', async () => {
    expect(await bytesOf(trickle(Array(6).fill(['wait', 600]).flat()))).toBe(3600);
    let bytes = 0;
    for await (const piece of readBody(trickle([10, 10, 10, 10]))) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      bytes += piece.byteLength;
    }
    expect(bytes).toBe(40);
  });
});

describe('route', () => {
  const context = { params: Promise.resolve({}) };

  it('answers an unknown error with a fixed text and the id of the request', async () => {
    const handler = route({ name: 'test', limit: 'reads' }, () => {
      throw new Error('secret');
    });
    const response = await handler(new Request(URL_), context);
    const problem = Problem.parse(await response.json());
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toBe(problem.instance);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('says how many requests are allowed, and when to come back', async () => {
    configure({ REQUESTS_PER_MINUTE: '2' });
    const handler = route({ name: 'test', limit: 'analyses' }, () => new Response('ok'));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await handler(new Request(URL_), context)).status);
    const refused = await handler(new Request(URL_), context);
    expect(statuses).toEqual([200, 200, 429]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Problem.parse(await refused.json()).detail).toMatch(/^2 analyses a minute are allowed from one address/);
  });

  it('lets a client ask for its tasks far more often than it may give new ones', async () => {
    configure({ REQUESTS_PER_MINUTE: '2' });
    const poll = route({ name: 'test', limit: 'reads' }, () => new Response('ok'));
    const statuses = [];
    // Two tasks, each polled every three seconds.
    for (let i = 0; i < 40; i++) statuses.push((await poll(new Request(URL_), context)).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await poll(new Request(URL_), context);
    expect(Problem.parse(await refused.json()).detail).toMatch(/^40 requests a minute are allowed from one address/);
  });

  it('refuses other methods by name', async () => {
    const response = await refuseOthers('GET', 'DELETE').PUT(new Request(URL_, { method: 'PUT' }), context);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, DELETE');
    expect(Problem.parse(await response.json()).code).toBe('method_not_allowed');
  });

  it('answers OPTIONS with the methods that there are', async () => {
    const { OPTIONS } = refuseOthers('GET', 'DELETE');
    const response = await OPTIONS(new Request(URL_, { method: 'OPTIONS' }), context);
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('GET, DELETE, HEAD, OPTIONS');
  });
});

describe('decodableUrl', () => {
  it.each([
    ['/api/infer?roi=%E0', '/api/infer?roi=%E0'],
    ['/api/%E0%A4%A?x=1?y', '/api/%25E0%25A4%25A?x=1?y'],
    ['/api/%2e%2e', '/api/%2e%2e'],
  ])('takes %s as %s', (url, decodable) => {
    expect(decodableUrl(url)).toBe(decodable);
  });
});

describe('clientAddress', () => {
  const from = (forwarded: string) => clientAddress(new Request(URL_, { headers: { 'X-Forwarded-For': forwarded } }));

  it('does not believe X-Forwarded-For unless told how many proxies there are', () => {
    expect(from('1.1.1.1')).toBe('unknown');
    configure({ TRUST_PROXY: '1' });
    expect(from('6.6.6.6, 1.1.1.1')).toBe('1.1.1.1');
    configure({ TRUST_PROXY: '2' });
    expect(from('6.6.6.6, 1.1.1.1, 10.0.0.1')).toBe('1.1.1.1');
  });

  it('believes nothing of a request that did not come through all proxies', () => {
    configure({ TRUST_PROXY: '2' });
    expect(from('1.1.1.1')).toBe('unknown');
    expect(claimedAddress('1.1.1.1', '10.0.0.7')).toBe('10.0.0.7');
    expect(claimedAddress(undefined, '::ffff:10.0.0.7')).toBe('10.0.0.7');
    configure({ TRUST_PROXY: '1' });
    expect(claimedAddress('unknown', '10.0.0.7')).toBe('10.0.0.7');
    expect(claimedAddress('_hidden, ', '10.0.0.7')).toBe('10.0.0.7');
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['9.9.9.9:5000', '9.9.9.9'],
    [' 9.9.9.9:5001 ', '9.9.9.9'],
    ['"9.9.9.9:7"', '9.9.9.9'],
    ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
    ['[2001:db8:0:0:ffff::2]', '2001:db8:0:0::/64'],
    ['[::ffff:9.9.9.9]:80', '9.9.9.9'],
    ['::ffff:909:909', '9.9.9.9'],
    ['0:0:0:0:0:FFFF:9.9.9.9', '9.9.9.9'],
  ])('counts %s as %s', (address, bucket) => {
    expect(addressBucket(address)).toBe(bucket);
  });

  it.each([
    '',
    'unknown',
    '9.9.9',
    '9.9.9.9.9',
    '09.9.9.9',
    '0x9090909',
    '1.2.3.4:x',
    '[2001:db8::1',
    '2001:db8::1::',
    'a.b',
  ])('takes %j for no address', (text) => {
    expect(addressBucket(text)).toBeUndefined();
  });
});
