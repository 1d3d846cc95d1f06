import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { EnvVariables, getEnv, parseEnv, resetEnvForTests } from './env';

const example = Object.fromEntries(
  readFileSync(fileURLToPath(new URL('../../.env.example', import.meta.url)), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.split('=') as [string, string]),
);

describe('.env.example', () => {
  it('names exactly the variables that the server reads, in the same order', () => {
    expect(Object.keys(example)).toEqual(Object.keys(EnvVariables.shape));
  });

  it('shows the defaults', () => {
    expect(parseEnv(example)).toEqual(parseEnv({}));
  });
});

describe('parseEnv', () => {
  it('takes an empty string for unset', () => {
    expect(parseEnv({ MAX_PIXELS: '', INFERENCE_PROVIDER: '' })).toEqual(parseEnv({}));
  });

  it.each([
    ['1000', 1000],
    ['200MB', 200_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['64kb', 64_000],
  ])('reads the size %s', (text, bytes) => {
    expect(parseEnv({ MAX_UPLOAD_BYTES: text }).limits.uploadBytes).toBe(bytes);
  });

  it('lists every problem at once', () => {
    const read = () => parseEnv({ MAX_UPLOAD_BYTES: 'lots', POOL_THREADS: '0', LOG_LEVEL: 'loud' });
    expect(read).toThrow(AppError);
    expect(read).toThrow(/LOG_LEVEL.*MAX_UPLOAD_BYTES.*POOL_THREADS/);
  });

  it('keeps analyses in a folder unless a bucket is named', () => {
    expect(parseEnv({}).storage).toMatchObject({ provider: 'local', directory: '.restain/storage' });
    const read = (more: Record<string, string>) => parseEnv({ STORAGE_PROVIDER: 's3', ...more }).storage;
    expect(() => read({})).toThrow(/S3_BUCKET/);
    expect(read({ S3_BUCKET: 'b' })).toMatchObject({ provider: 's3', bucket: 'b', pathStyle: false, prefix: '' });
    const elsewhere = { S3_BUCKET: 'b', S3_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(read(elsewhere)).toMatchObject({ pathStyle: true });
    expect(read({ ...elsewhere, S3_PATH_STYLE: 'false' })).toMatchObject({ pathStyle: false });
    for (const S3_PREFIX of ['/a/', '../', 'a', 'a//'])
      expect(() => read({ ...elsewhere, S3_PREFIX })).toThrow(/S3_PREFIX/);
  });

  it.each([
    ['https://restain.example.org', 'https://restain.example.org'],
    ['http://lab.example:8080/restain/', 'http://lab.example:8080/restain'],
    ['https://HÖST.example/', 'https://xn--hst-sna.example'],
  ])('takes the public address %s', (text, address) => {
    expect(parseEnv({ PUBLIC_URL: text }).http.publicUrl).toBe(address);
  });

  it.each([
    'restain.example.org',
    'ftp://a',
    'https://',
    'https://user:pass@a',
    'https://:pass@a',
    'https://a/?b',
    'https://a/#b',
  ])('refuses the public address %s', (text) => {
    expect(() => parseEnv({ PUBLIC_URL: text })).toThrow(/PUBLIC_URL/);
  });

  it('takes a class of provider for slides where workers may be elsewhere, and one that there is', () => {
    const shared = { JOBS_PROVIDER: 'bullmq', REDIS_URL: 'redis://127.0.0.1:6379' };
    expect(parseEnv(shared).slides.provider).toBeUndefined();
    expect(parseEnv({ ...shared, SCORING_PROVIDER: 'cuda' }).slides.provider).toBe('cuda');
    for (const SCORING_PROVIDER of ['rocm', 'CUDA', 'cpu,cuda'])
      expect(() => parseEnv({ ...shared, SCORING_PROVIDER })).toThrow(/SCORING_PROVIDER/);
    // Here it would be this server's own, which INFERENCE_PROVIDER names.
    expect(() => parseEnv({ SCORING_PROVIDER: 'cpu' })).toThrow(/SCORING_PROVIDER: expected nothing/);
    expect(() => parseEnv({ JOBS_PROVIDER: 'local', SCORING_PROVIDER: 'cpu' })).toThrow(/SCORING_PROVIDER/);
  });

  it('passes posted images to workers where there may be any', () => {
    const shared = { JOBS_PROVIDER: 'bullmq', REDIS_URL: 'redis://127.0.0.1:6379' };
    expect(parseEnv({}).jobs.isRemote).toBe(false);
    expect(() => parseEnv({ REMOTE_INFER: 'true' })).toThrow(/REMOTE_INFER: expected false/);
    const remote = { ...shared, REMOTE_INFER: 'true' };
    expect(parseEnv(remote).jobs).toMatchObject({
      isRemote: true,
      passing: { redisUrl: shared.REDIS_URL, bytes: 1e9 },
    });
    const other = { REMOTE_REDIS_URL: 'rediss://passing:6379', REMOTE_MEMORY: '2GB' };
    expect(parseEnv({ ...remote, ...other }).jobs.passing).toEqual({ redisUrl: 'rediss://passing:6379', bytes: 2e9 });
    expect(() => parseEnv({ ...remote, REMOTE_REDIS_URL: 'http://passing' })).toThrow(/REMOTE_REDIS_URL/);
  });

  it('runs tiles one by one, unless several are named', () => {
    expect(parseEnv({}).pool.batch).toBe(1);
    expect(parseEnv({ INFERENCE_BATCH: '8' }).pool.batch).toBe(8);
    for (const INFERENCE_BATCH of ['0', '65', 'all'])
      expect(() => parseEnv({ INFERENCE_BATCH })).toThrow(/INFERENCE_BATCH/);
  });

  it('gives settings that nobody can change', () => {
    expect(() => Object.assign(parseEnv({}).limits, { pixels: 1 })).toThrow(TypeError);
  });
});

describe('getEnv', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    resetEnvForTests();
  });

  it('reads the environment once', () => {
    vi.stubEnv('MAX_PIXELS', '7');
    resetEnvForTests();
    expect(getEnv().limits.pixels).toBe(7);
    vi.stubEnv('MAX_PIXELS', '8');
    expect(getEnv().limits.pixels).toBe(7);
  });
});
