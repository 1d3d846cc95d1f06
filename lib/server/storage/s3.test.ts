import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { S3Storage } from './s3';
import { readObject } from './storage';

const s3 = await installVersityGw();
if ('missing' in s3) console.warn(`S3 is not tested: ${s3.missing}`);

describe.skipIf('missing' in s3)('S3Storage', () => {
  let server: VersityGw;
  let storage: S3Storage;
  beforeAll(async () => {
    server = await VersityGw.start((s3 as { program: string }).program);
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretAccessKey);
    storage = open('restain/');
  });
  afterAll(() => server.stop());

  const open = (prefix: string) =>
    new S3Storage({ bucket: server.bucket, region: server.region, endpoint: server.endpoint, pathStyle: true, prefix });

  it('says soon that the server does not answer, and works when it is back, with nothing lost', async () => {
    await storage.put('a/x', Buffer.from('kept'));
    await server.down();
    const started = Date.now();
    const gone = { code: 'storage_unavailable', retryAfterSeconds: expect.any(Number) };
    await expect(storage.put('a/y', Buffer.from('y'))).rejects.toMatchObject(gone);
    await expect(storage.get('a/x')).rejects.toMatchObject(gone);
    await expect(storage.delete('a/')).rejects.toMatchObject(gone);
    expect(Date.now() - started).toBeLessThan(10_000);
    await server.up();
    expect((await readObject(storage, 'a/x'))?.toString()).toBe('kept');
    await storage.put('a/y', Buffer.from('y'));
  });

  it('keeps what lies under another prefix of the bucket out of sight', async () => {
    const other = open('other/');
    await other.put('a/x', Buffer.from('theirs'));
    await storage.delete('a/');
    expect((await readObject(other, 'a/x'))?.toString()).toBe('theirs');
  });

  it('lists and deletes more than one page of objects', async () => {
    for (let i = 0; i < 1010; i += 10)
      await Promise.all(Array.from({ length: 10 }, (_, j) => storage.put(`many/${i + j}`, Buffer.from('x'))));
    let count = 0;
    for await (const _ of storage.list('many/')) count++;
    expect(count).toBe(1010);
    await storage.delete('many/');
    for await (const left of storage.list('many/')) expect.unreachable(left.key);
  });

  it.each([
    [507, 'XMinioStorageFull', 'Storage backend has reached its minimum free drive threshold.'],
    [403, 'QuotaExceeded', 'The quota set on the bucket was exceeded.'],
    [400, 'XMinioAdminBucketQuotaExceeded', 'Bucket quota exceeded'],
    [403, 'AccessDenied', 'Cannot upload files, storage cap exceeded.'],
    [500, 'InternalError', 'write failed: no space left on device'],
  ])('calls full what answers %i %s', async (status, code, message) => {
    const full = createServer((request, response) => {
      request.resume().once('end', () => {
        response.writeHead(status, { 'Content-Type': 'application/xml' });
        response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
      });
    }).listen(0, '127.0.0.1');
    await once(full, 'listening');
    const endpoint = `http://127.0.0.1:${(full.address() as { port: number }).port}`;
    const bucket = new S3Storage({ bucket: 'b', region: 'us-east-1', endpoint, pathStyle: true, prefix: '' });
    await expect(bucket.put('a/x', Buffer.from('x'))).rejects.toMatchObject({ code: 'storage_full' });
    full.close();
  });

  it('says which credentials or bucket are wrong by the status, and no more', async () => {
    const wrong = new S3Storage({
      bucket: 'no-such-bucket',
      region: server.region,
      endpoint: server.endpoint,
      pathStyle: true,
      prefix: '',
    });
    await expect(wrong.put('a/x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'storage_unavailable',
      detail: 'The storage did not answer as it should (404).',
    });
  });
});
