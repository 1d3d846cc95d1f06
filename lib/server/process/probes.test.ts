import { afterEach, describe, expect, it } from 'vitest';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { releaseOwnRuns } from '@/lib/server/runs/own-runs';
import { getLive, getReady, noteStarted } from './probes';

const ask = (probe: typeof getLive) => probe(new Request('http://server/'), { params: Promise.resolve({}) });

afterEach(() => forgetProcessWide('runs'));

describe('the probes', () => {
  it('say that a server lives before it is ready, and while it ends', async () => {
    expect((await ask(getLive)).status).toBe(200);
    const starting = await ask(getReady);
    expect([starting.status, (await starting.json()).code]).toEqual([503, 'not_ready']);
    noteStarted();
    expect((await ask(getReady)).status).toBe(200);
    await releaseOwnRuns();
    const ending = await ask(getReady);
    expect([ending.status, (await ending.json()).detail]).toEqual([503, expect.stringContaining('ends')]);
    expect((await ask(getLive)).status).toBe(200);
  });
});
