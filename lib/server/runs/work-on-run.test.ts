import { afterEach, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { readLatestAttempt } from './latest-attempt';
import { newStatus, type RunOwner, runKeys } from './run-status';
import { writeJson } from './stored-json';
import { workOnRun } from './work-on-run';

runSite();
afterEach(() => {
  vi.stubEnv('JOBS_PROVIDER', '');
  resetEnvForTests();
});

it('a shared queue hears how a run has ended, which is stored before', async () => {
  vi.stubEnv('JOBS_PROVIDER', 'bullmq');
  vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1');
  resetEnvForTests();
  const end = async (run: string, work: () => Promise<void>) => {
    const keys = runKeys(`runs-of-a-test/${run}/`);
    const owner: RunOwner = {
      ...{ run, keys, what: 'slide', lane: 'ingests' as const },
      submit: async () => run,
      isCurrent: async () => true,
      dropIfDeleted: async () => {},
    };
    const queued = { attempt: 1, crashes: 0, requestId: 'request' };
    await writeJson(keys.attempt(1).status, newStatus({ isReleased: true }));
    const context = { signal: new AbortController().signal, report: () => {}, stalls: 0 };
    const code = await workOnRun({ queued, findOwner: async () => owner }, context, work).then(
      () => null,
      (error: unknown) => (error as AppError).code,
    );
    return [code, (await readLatestAttempt(keys))?.status.state];
  };
  expect(await end('good', async () => {})).toEqual([null, 'done']);
  const bad = async () => {
    throw new AppError('unreadable_image', 'The file cannot be read.');
  };
  expect(await end('bad', bad)).toEqual(['unreadable_image', 'failed']);
});
