import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createPort } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '@/e2e/free-port';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { resetEnvForTests } from '@/lib/server/env';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { examineAll } from './examine';
import { examineDisks, examinePorts, examineRedis } from './examine-machine';
import { examineProxy } from './examine-proxy';
import { examineStorage } from './examine-storage';
import type { Finding } from './finding';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restain-doctor-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => set({ LOG_LEVEL: 'silent', STORAGE_DIR: folder }));
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

function set(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  resetEnvForTests();
  forgetProcessWide('storage');
}

const said = (findings: Finding[], level: Finding['level']) =>
  findings.filter((one) => one.level === level).map(({ says }) => says);

describe('a storage', () => {
  it('that is a folder is found to work, and nothing is left there', async () => {
    const findings = await examineStorage();
    expect([said(findings, 'doubt'), said(findings, 'fault')]).toEqual([[], []]);
    expect(said(findings, 'ok')).toHaveLength(5);
    const again = await examineStorage();
    expect(said(again, 'fault')).toEqual([]);
  });

  it('that cannot be written is a fault, with the reason', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    set({ STORAGE_DIR: path });
    expect(said(await examineStorage(), 'fault')).toEqual([
      expect.stringMatching(/cannot be written: .*(ENOTDIR|EEXIST)/),
    ]);
  });
});

const gateway = await installVersityGw();
describe.skipIf('missing' in gateway)('a bucket', () => {
  let server: VersityGw;
  beforeAll(async () => {
    server = await VersityGw.start((gateway as { program: string }).program);
  });
  afterAll(() => server.stop());

  it('works but for browsers, until its CORS rule names the site', async () => {
    set({ ...server.environment, PUBLIC_URL: 'https://restain.example.org' });
    const before = await examineStorage();
    expect(said(before, 'fault')).toEqual([expect.stringContaining('CORS rule is missing')]);
    await server.allowOrigin('https://restain.example.org');
    const after = await examineStorage();
    expect(said(after, 'fault')).toEqual([]);
    expect(said(after, 'ok')).toContain('Its clock agrees with this machine’s.');
  });

  it('with a wrong key, or none of the name, is a fault', async () => {
    set({ ...server.environment, AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(said(await examineStorage(), 'fault')).toEqual([expect.stringContaining('cannot be written')]);
    set({ ...server.environment, S3_BUCKET: 'elsewhere' });
    expect(said(await examineStorage(), 'fault')).toEqual([expect.stringContaining('bucket elsewhere')]);
  });
});

describe('ports', () => {
  it('are free, or taken by another program', async () => {
    const other = createPort((socket) => socket.resume()).listen(0);
    const { port } = other.address() as AddressInfo;
    expect(said(await examinePorts(String(port)), 'fault')).toEqual([
      expect.stringContaining('taken by another program'),
    ]);
    await new Promise((resolve) => other.close(resolve));
    expect(said(await examinePorts(String(port)), 'ok')).toEqual([`Port ${port} is free (PORT).`]);
    set({ METRICS_PORT: String(port), METRICS_HOST: '0.0.0.0' });
    expect(said(await examinePorts(String(port + 1)), 'doubt')).toEqual([expect.stringContaining('METRICS_TOKEN')]);
    expect(said(await examinePorts(String(port)), 'fault')).toEqual([expect.stringContaining('another one than PORT')]);
    expect(said(await examinePorts('80000'), 'fault')).toEqual([expect.stringMatching(/^PORT is 80000: /)]);
  });
});

describe('Redis', () => {
  it('is not needed by one process', async () => {
    expect(said(await examineRedis(), 'ok')).toEqual([expect.stringContaining('not needed')]);
  });

  it('that does not answer is a fault', async () => {
    set({ JOBS_PROVIDER: 'bullmq', REDIS_URL: 'redis://127.0.0.1:1' });
    expect(said(await examineRedis(), 'fault')).toEqual([
      'Redis (REDIS_URL) cannot be used: connect ECONNREFUSED 127.0.0.1:1.',
    ]);
  });

  it.skipIf(whyNoRedis() !== null)('that may forget is doubted', async () => {
    const server = await RedisServer.start(['--appendonly', 'no']);
    set({ JOBS_PROVIDER: 'bullmq', REDIS_URL: server.url });
    const findings = await examineRedis();
    await server.stop();
    expect(said(findings, 'ok')).toEqual([expect.stringMatching(/^Redis \d+\.\d+\.\d+ answers\.$/)]);
    expect(said(findings, 'doubt')).toEqual([expect.stringContaining('append-only file is off')]);
  });
});

describe('disks', () => {
  it('with less than three times the largest slide are doubted', async () => {
    set({ MAX_SLIDE_BYTES: '1GB' });
    const small = await examineDisks();
    expect(small).toHaveLength(2);
    set({ MAX_SLIDE_BYTES: '1000000GB' });
    expect(said(await examineDisks(), 'doubt')).toHaveLength(2);
    set({ TMPDIR: join(folder, 'nowhere') });
    expect(said(await examineDisks(), 'fault')).toEqual([expect.stringMatching(/^The temporary folder .*ENOENT/)]);
  });
});

describe('a proxy', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serve(status: number, headers: Record<string, string>): Promise<string> {
    const opened = createServer((_request, response) => response.writeHead(status, headers).end('{}'));
    server = opened;
    await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
  }

  it('that ends TLS must be counted', async () => {
    set({ PUBLIC_URL: 'https://127.0.0.1:1' });
    expect(said(await examineProxy(), 'fault')).toEqual([expect.stringContaining('TRUST_PROXY is 0')]);
  });

  it('leads to this server, to one that refuses the name, or to something else', async () => {
    set({ PUBLIC_URL: await serve(200, { 'X-Request-Id': 'x' }) });
    expect(said(await examineProxy(), 'ok')).toEqual([expect.stringContaining('leads to the server')]);
    server?.close();
    set({ PUBLIC_URL: await serve(421, { 'X-Request-Id': 'x' }) });
    expect(said(await examineProxy(), 'fault')).toEqual([expect.stringContaining('ALLOWED_HOSTS')]);
    server?.close();
    set({ PUBLIC_URL: await serve(200, {}) });
    expect(said(await examineProxy(), 'fault')).toEqual([expect.stringContaining('not by this server')]);
  });
});

describe('all of it', () => {
  it('ends at settings that cannot be read', async () => {
    const findings: Finding[] = [];
    for await (const finding of examineAll({ POOL_THREADS: 'many' })) findings.push(finding);
    expect(findings).toEqual([{ level: 'fault', says: expect.stringContaining('POOL_THREADS') }]);
  });

  it('tells by its exit code whether there is a fault', async () => {
    const port = String(await freePort());
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, ['.workers/doctor.mjs'], {
        encoding: 'utf8',
        env: {
          ...process.env,
          MODELS_DIR: 'workers/__fixtures__/models',
          INFERENCE_PROVIDER: 'cpu',
          PORT: port,
          ...env,
        },
      });
    const fine = run({});
    expect([fine.status, fine.stdout]).toEqual([0, expect.stringContaining('The models (blobs) run on cpu')]);
    const bad = run({ MODELS_DIR: folder });
    expect([bad.status, bad.stdout]).toEqual([1, expect.stringMatching(/^FAULT The models cannot be run: /m)]);
  });
});
