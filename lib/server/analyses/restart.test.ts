import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { getJobQueue } from '@/lib/server/jobs';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { ownRuns, releaseOwnRuns } from '@/lib/server/runs/own-runs';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { newStatus, type RunStatus } from '@/lib/server/runs/run-status';
import { writeJson } from '@/lib/server/runs/stored-json';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { getStorage } from '@/lib/server/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { analysisOf, api, keysUnder, problemOf, runSite, sendAndVerify, toPng, until } from './__fixtures__/site';
import { createShortId, keysOf } from './record';
import { ownerOf } from './run-owner';
import { readRecord, writeRecord } from './stored-analysis';
import { sweep } from './sweep';

const { image } = drawDiscs(400, 260, 60, 7);
const png = await toPng(image);
const large = await toPng(drawDiscs(700, 700, 60, 3).image);
/** What the engine says of the image when nothing is stored. */
let expected: { num_total: number; num_pos: number };

runSite({ QUEUE_LIMIT: '2' });
beforeAll(async () => {
  const request = { image, micronsPerPixel: 0.25, scoring: {}, modalities: [], overlay: false, refined: false };
  const { score } = await analyseImage(request, { signal: new AbortController().signal });
  expected = { num_total: score!.total, num_pos: score!.positive };
});

/** The clock of a local storage is that of its files. */
async function setAge(key: string, seconds: number): Promise<void> {
  const then = Date.now() / 1000 - seconds;
  await utimes(join(process.env.STORAGE_DIR!, 'objects', key), then, then);
}

const DEAD_SECONDS = 25;
const RUNNING: Partial<RunStatus> = {
  state: 'running',
  beat: 17,
  progress: { queue_position: 0, stage: 'inferring', tiles_done: 3, tiles: 9 },
};

/** A run whose server wrote a last time so many seconds ago. */
async function abandon(changes: Partial<RunStatus> = RUNNING, { seconds = DEAD_SECONDS, hasBegun = true } = {}) {
  const id = await sendAndVerify(png);
  const run = createShortId();
  const { status, begun } = keysOf(id).run(run).attempt(1);
  await writeJson(status, newStatus(changes));
  if (hasBegun) await writeJson(begun, {});
  await setAge(status, seconds);
  await writeRecord({
    ...(await readRecord(id)),
    run: { id: run, started: { resolution: '40x' }, firstRevision: 1 },
  });
  return { id };
}

const abandonInQueue = (position = 0, changes: Partial<RunStatus> = {}) =>
  abandon(
    { progress: { queue_position: position, stage: null, tiles_done: 0, tiles: 0 }, ...changes },
    { hasBegun: false },
  );

async function latestAttempt(id: string) {
  const { run } = await readRecord(id);
  return (await readLatestAttempt(keysOf(id).run(run!.id)))!;
}

async function startLarge(): Promise<string> {
  const id = await sendAndVerify(large);
  await analysisOf(api.start(id, { resolution: '10x' }));
  return id;
}

const endServer = releaseOwnRuns;
/** This process goes on as the next server. */
const startServer = () => forgetProcessWide('runs');

describe('a run whose server has died', () => {
  it('goes on by itself when somebody asks for it, and comes to the same numbers', async () => {
    const { id } = await abandon();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 2 * 3_600_000);
    const seen = await analysisOf(api.read(id)).finally(() => clock.mockRestore());
    expect(seen).toMatchObject({ state: 'queued', can_retry: false, progress: { queue_position: 0, tiles: 0 } });
    expect((await until(id, 'done')).result).toMatchObject({ revision: 1, scoring: expected });
    expect(await latestAttempt(id)).toMatchObject({ attempt: 2, status: { crashes: 1 } });
  });

  it('goes on when nobody asks, too', async () => {
    const { id } = await abandon();
    const unreadable = await abandon();
    await writeJson((await latestAttempt(unreadable.id)).key, { state: 'unheard of' });
    await sweep();
    expect((await until(id, 'done')).result?.scoring).toMatchObject(expected);
    await api.remove(unreadable.id);
  });

  it('is taken over once, however many servers find it', async () => {
    const { id } = await abandon();
    const record = await readRecord(id);
    await Promise.all(Array.from({ length: 8 }, () => takeOverOrphans([ownerOf(record) as RunOwner])));
    expect(await getJobQueue().load()).toMatchObject({ running: 1, waiting: 0 });
    expect((await until(id, 'done')).result?.revision).toBe(1);
    const numbers = (await keysUnder(id)).flatMap((key) => /attempts\/(\d+)\/status/.exec(key)?.[1] ?? []);
    expect(numbers.sort()).toEqual(['1', '2']);
  });

  it('is not begun anew when it had come to the end', async () => {
    const { id } = await abandon();
    await api.read(id);
    const first = await until(id, 'done');
    const { key } = await latestAttempt(id);
    await writeJson(key, newStatus(RUNNING));
    await setAge(key, DEAD_SECONDS);
    const inRun = keysOf(id).run((await readRecord(id)).run!.id);
    await rm(join(process.env.STORAGE_DIR!, 'objects', inRun.map('Seg')));
    await api.read(id);
    const again = await until(id, 'done');
    expect(await keysUnder(id)).not.toContain(inRun.map('Seg'));
    const path = (url: string) => url.split('?')[0];
    expect(path(again.result!.pictures.SegOverlaid!.url)).toBe(path(first.result!.pictures.SegOverlaid!.url));
  });

  it('goes on where version 0.1.0 began it', async () => {
    const { id } = await abandon();
    const inRun = keysOf(id).run((await readRecord(id)).run!.id);
    await getStorage().delete(inRun.attempts);
    const { isReleased: _, crashes: __, ...status } = newStatus(RUNNING);
    await writeJson(inRun.onlyStatus, status);
    expect((await analysisOf(api.read(id))).state).toBe('running');
    await setAge(inRun.onlyStatus, DEAD_SECONDS);
    await sweep();
    await until(id, 'done');
  });

  it.each([-7_200_000, -25_000, 25_000, 7_200_000])(
    'is not one that beats, also for a server whose clock is %i ms off',
    async (offset) => {
      const { id } = await abandon(RUNNING, { seconds: 2 });
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + offset);
      const seen = await analysisOf(api.read(id)).finally(() => clock.mockRestore());
      expect(seen.state).toBe('running');
      await api.remove(id);
    },
  );

  it('is known by and by, even where the clock of the storage was set back', async () => {
    const { id } = await abandon(RUNNING, { seconds: -7200 });
    expect((await analysisOf(api.read(id))).state).toBe('running');
    const later = performance.now() + 21_000;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(later);
    const seen = await analysisOf(api.read(id)).finally(() => clock.mockRestore());
    expect(seen.state).toBe('queued');
    await until(id, 'done');
  });

  it('can be cancelled before anybody knows of the death', async () => {
    const { id } = await abandon(RUNNING, { seconds: 0 });
    expect(await analysisOf(api.cancel(id))).toMatchObject({ state: 'cancelled', can_retry: true });
    await sweep();
    expect((await analysisOf(api.read(id))).state).toBe('cancelled');
  });

  it('stays cancelled when its server died before it heard of that', async () => {
    const { id } = await abandon();
    await writeJson(keysOf(id).run((await readRecord(id)).run!.id).cancel, {});
    await sweep();
    expect(ownRuns().size).toBe(0);
    expect((await analysisOf(api.read(id))).state).toBe('cancelled');
  });

  it('can be cancelled or deleted while another server takes it over', async () => {
    const [cancelled, deleted] = [await abandon(), await abandon()];
    const records = [await readRecord(cancelled.id), await readRecord(deleted.id)];
    await Promise.all([
      takeOverOrphans(records.map((record) => ownerOf(record) as RunOwner)),
      api.cancel(cancelled.id),
      api.remove(deleted.id),
    ]);
    expect((await analysisOf(api.read(cancelled.id))).state).toBe('cancelled');
    await expect.poll(() => ownRuns().size, { timeout: 5000 }).toBe(0);
    expect(await keysUnder(deleted.id)).toEqual([]);
    expect((await analysisOf(api.read(cancelled.id))).state).toBe('cancelled');
  });
});

describe('a run that crashes its servers', () => {
  it('fails after the third time, with the reason; who wants may try again', async () => {
    const { id } = await abandon({ ...RUNNING, crashes: 2 });
    await sweep();
    const seen = await analysisOf(api.read(id));
    expect(seen).toMatchObject({ state: 'failed', can_retry: true, problem: { code: 'interrupted' } });
    expect(seen.problem?.detail).toContain('stopped 3 times');
    await sweep();
    expect((await latestAttempt(id)).attempt).toBe(2);
    expect((await api.retry(id)).status).toBe(202);
    await until(id, 'done');
  });

  it('is not one that only waited while they crashed', async () => {
    const { id } = await abandonInQueue(0, { crashes: 2 });
    await sweep();
    await until(id, 'done');
    expect((await latestAttempt(id)).status.crashes).toBe(2);
  });

  it('runs alone afterwards, so that no other is blamed', async () => {
    const runs = [await abandon(), await abandon()];
    await sweep();
    expect(await getJobQueue().load()).toMatchObject({ running: 1, waiting: 1 });
    for (const { id } of runs) await until(id, 'done');
  });
});

describe('a server that is told to end', () => {
  it('leaves its runs to the next one, which goes on with them', async () => {
    const id = await startLarge();
    await until(id, 'running');
    await endServer();
    expect(await latestAttempt(id)).toMatchObject({ attempt: 1, status: { state: 'queued', isReleased: true } });
    expect((await analysisOf(api.read(id))).state).toBe('queued');
    await sweep();
    expect((await latestAttempt(id)).attempt).toBe(1);
    startServer();
    await sweep();
    expect(await latestAttempt(id)).toMatchObject({ attempt: 2, status: { crashes: 0 } });
    await until(id, 'running');
    await api.cancel(id);
  });

  it('leaves them in their order', async () => {
    const ids = [await startLarge(), await startLarge(), await startLarge(), await startLarge()];
    await until(ids[1]!, 'running');
    await endServer();
    startServer();
    await sweep();
    const runs = await Promise.all(ids.map(async (id) => (await readRecord(id)).run!.id));
    expect([...ownRuns().keys()].slice(2)).toEqual(runs.slice(2));
    for (const id of ids) await api.remove(id);
  });

  it('takes nothing more: what is started at this moment waits for the next one', async () => {
    await endServer();
    const id = await startLarge();
    await expect.poll(async () => (await latestAttempt(id)).status.isReleased).toBe(true);
    startServer();
    await api.read(id);
    expect((await latestAttempt(id)).attempt).toBe(2);
    await until(id, 'running');
    await api.cancel(id);
  });

  it('leaves what can be cancelled and deleted before the next one starts', async () => {
    const ids = [await startLarge(), await startLarge()] as const;
    await endServer();
    expect(await analysisOf(api.cancel(ids[0]))).toMatchObject({ state: 'cancelled', can_retry: true });
    await api.remove(ids[1]);
    startServer();
    await sweep();
    expect((await analysisOf(api.read(ids[0]))).state).toBe('cancelled');
    expect(await keysUnder(ids[1])).toEqual([]);
    expect(ownRuns().size).toBe(0);
  });
});

describe('the queue of a server that starts', () => {
  it('takes all that waited, in its order, however few may wait', async () => {
    const last = await abandonInQueue(3);
    const middle = await abandonInQueue(1);
    const first = await abandon();
    const rest = [await abandonInQueue(2), await abandonInQueue(0)];
    await sweep();
    expect([...ownRuns().keys()]).toEqual(
      await Promise.all(
        [first, rest[1]!, middle, rest[0]!, last].map(async ({ id }) => (await readRecord(id)).run?.id),
      ),
    );
    const late = await sendAndVerify(png);
    expect(await problemOf(api.start(late, {}))).toMatchObject({ code: 'queue_full' });
    expect((await analysisOf(api.read(late))).state).toBe('ready');
    for (const { id } of [last, middle, first, ...rest]) await until(id, 'done');
  });
});

describe('a server that was taken for dead', () => {
  it('stops its work when it sees that another has it', async () => {
    const id = await startLarge();
    await until(id, 'running');
    const { run } = await readRecord(id);
    await writeJson(keysOf(id).run(run!.id).attempt(2).status, newStatus({ beat: 5 }));
    await expect.poll(() => ownRuns().has(run!.id), { timeout: 5000 }).toBe(false);
    expect(await latestAttempt(id)).toMatchObject({ attempt: 2, status: { state: 'queued', beat: 5 } });
    const keys = await keysUnder(id);
    expect(keys).toContain(keysOf(id).run(run!.id).attempt(1).begun);
    expect(keys.filter((key) => key.includes('/results/'))).toEqual([]);
  });
});
