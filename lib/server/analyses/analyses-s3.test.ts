import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import {
  analysisOf,
  api,
  keysUnder,
  problemOf,
  send,
  sendAndVerify,
  sendParts,
  startSite,
  toPng,
  until,
} from './__fixtures__/site';
import { sweep } from './sweep';

const s3 = await installVersityGw();
if ('missing' in s3) console.warn(`S3 is not tested: ${s3.missing}`);

// Other suites may keep every core busy while megabytes are moved and thousands of tiles inferred.
describe.skipIf('missing' in s3)('analyses in a bucket', { timeout: 180_000 }, () => {
  let server: VersityGw;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    server = await VersityGw.start((s3 as { program: string }).program);
    stop = await startSite(server.environment);
  });
  afterAll(async () => {
    await stop();
    await server.stop();
  });

  it('go from an upload to a result, an update, and nothing', async () => {
    const id = await sendAndVerify(await toPng(drawDiscs(200, 150, 12, 7).image));
    await api.start(id, { resolution: '40x' });
    const { result } = await until(id, 'done');
    expect((await fetch(result!.pictures.Marker!.url)).headers.get('content-type')).toBe('image/png');
    const updated = await analysisOf(api.score(id, { size_thresh: 100_000 }));
    expect(updated.result?.scoring.num_total).toBe(0);
    await api.remove(id);
    expect(await keysUnder(id)).toEqual([]);
    expect((await fetch(result!.pictures.Marker!.url)).status).toBe(404);
  });

  it('leave nothing of what is sent by a link after the deletion, once it is swept', async () => {
    const png = await toPng(drawDiscs(200, 150, 12, 7).image);
    const [created, open] = [await send(png), await send(png)];
    await api.remove(created.id);
    await sendParts(png, created);
    expect(await keysUnder(created.id)).toHaveLength(1);
    await sweep();
    expect(await keysUnder(created.id)).toEqual([]);
    expect((await analysisOf(api.verify(open.id))).state).toBe('ready');
  });

  it('wait when the storage goes in mid-run, and lose nothing', async () => {
    const id = await sendAndVerify(await toPng(drawDiscs(300, 300, 20, 3).image));
    await api.start(id, { resolution: '10x' });
    await until(id, 'running');
    await server.down();
    expect(await problemOf(api.read(id))).toMatchObject({ status: 503, code: 'storage_unavailable' });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await server.up();
    expect((await until(id, 'done')).result?.revision).toBe(1);
    const next = await sendAndVerify(await toPng(drawDiscs(200, 150, 12, 7).image));
    await api.start(next, { resolution: '40x' });
    await until(next, 'done');
  });

  it('take 200 MB over a connection that is cut: only what is missing is sent again', { tags: ['long'] }, async () => {
    // A PNG ends where it says; what follows is not read, but sent, stored and checked all the same.
    const bytes = Buffer.alloc(200_000_000);
    (await toPng(drawDiscs(200, 150, 12, 7).image)).copy(bytes);
    const created = await analysisOf(api.create({ bytes: bytes.length, type: 'image/png' }));
    expect(created.upload).toMatchObject({ parts: 24 });
    const [cut, ...rest] = created.upload!.missing;
    await sendParts(bytes, { ...created, upload: { ...created.upload!, missing: rest.slice(0, 15) } });
    const target = new URL(cut!.url);
    const socket = connect(Number(target.port), target.hostname);
    await once(socket, 'connect');
    socket.write(
      `PUT ${target.pathname}${target.search} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Type: image/png\r\nContent-Length: ${cut!.bytes}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.write(bytes.subarray(0, 3_000_000), resolve));
    socket.destroy();

    expect(await problemOf(api.verify(created.id))).toMatchObject({ code: 'upload_incomplete' });
    const resumed = await analysisOf(api.upload(created.id));
    expect(resumed.upload!.missing.map(({ part }) => part)).toEqual([1, 17, 18, 19, 20, 21, 22, 23, 24]);
    await sendParts(bytes, resumed);
    expect(await analysisOf(api.verify(created.id))).toMatchObject({ state: 'ready', source: { width: 200 } });
    expect((await keysUnder(created.id)).length).toBe(3);
  });
});
