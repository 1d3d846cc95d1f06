import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { POST as infer } from '@/app/api/infer/route';
import { freePort } from '@/e2e/free-port';
import { api, runSite, sendAndVerify, toPng, until } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { guardListener } from '@/lib/server/http/listener';
import { getMetrics } from '@/lib/server/metrics';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { answerMetrics, metricsByToken, openMetricsPort } from './metrics';

runSite();
const png = await toPng(drawDiscs(300, 200, 20, 5).image);
const read = async () => (await answerMetrics(new Request('http://server/metrics'))).text();

function set(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  resetEnvForTests();
}
afterEach(() => set({ METRICS_TOKEN: '', METRICS_PORT: '', ALLOWED_HOSTS: '' }));

/** The value of a line of the text format. */
function sampleOf(text: string, name: string, labels = ''): number {
  const line = text.split('\n').find((one) => one.startsWith(labels ? `${name}{${labels}}` : `${name} `));
  if (line === undefined) throw new Error(`no ${name}{${labels}} in\n${text}`);
  return Number(line.split(' ').at(-1));
}

describe('the metrics', () => {
  it('count what was worked on, by kinds and stages', async () => {
    const id = await sendAndVerify(png);
    await api.start(id, { resolution: '40x' });
    await until(id, 'done');
    const text = await read();
    expect(sampleOf(text, 'restain_job_seconds_count', 'job="run-analysis",outcome="done"')).toBe(1);
    for (const stage of ['reading', 'inferring', 'scoring', 'encoding'])
      expect(sampleOf(text, 'restain_stage_seconds_count', `job="run-analysis",stage="${stage}"`), stage).toBe(1);
    expect(sampleOf(text, 'restain_megapixels_total', 'job="run-analysis"')).toBeCloseTo(0.06);
    expect(sampleOf(text, 'restain_jobs_waiting', 'queue="own",lane="images"')).toBe(0);
    expect(sampleOf(text, 'restain_queue_age_seconds', 'queue="own",lane="cells"')).toBe(0);
    expect(sampleOf(text, 'restain_pool_threads')).toBeGreaterThan(0);
    expect(sampleOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(text).toMatch(/restain_info\{version="[\d.]+",commit="\w+",provider="cpu",role="all",jobs="local"\} 1/);
    expect(text).not.toContain('queue="shared"');
  });

  it('count failures by their codes, and tell nothing of files, ids or addresses', async () => {
    const form = new FormData();
    form.append('img', new Blob(['no picture']), 'Jane Doe.png');
    const request = new Request('http://server/api/infer', { method: 'POST', body: form });
    expect((await infer(request, { params: Promise.resolve({}) })).status).toBe(415);
    const id = await sendAndVerify(png);
    await api.read('nowhere');
    const text = await read();
    expect(sampleOf(text, 'restain_errors_total', 'of="request",code="unreadable_image"')).toBe(1);
    expect(sampleOf(text, 'restain_errors_total', 'of="request",code="analysis_not_found"')).toBe(1);
    expect(text).not.toMatch(/Jane|127\.0\.0\.1/);
    expect(text).not.toContain(id);
  });
});

describe('the dashboard', () => {
  it('asks for nothing that is not measured', async () => {
    await read();
    const known = new Set((await getMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));
    const { panels } = JSON.parse(readFileSync('deploy/grafana/restain.json', 'utf8'));
    const expressions: string[] = panels.flatMap((panel: { targets: { expr: string }[] }) =>
      panel.targets.map(({ expr }) => expr),
    );
    const asked = expressions.flatMap((expr) => expr.match(/\b(?:restain|process|nodejs)_\w+/g) ?? []);
    expect(new Set(asked).size).toBeGreaterThan(10);
    for (const name of asked) expect(known, name).toContain(name.replace(/_(bucket|count|sum)$/, ''));
  });
});

describe('who may read them', () => {
  it('is nobody, as long as nothing is set', () => {
    expect(metricsByToken()).toEqual({});
  });

  it('is who has the token', async () => {
    set({ METRICS_TOKEN: 'a-token-of-sixteen' });
    const { '/metrics': answer } = metricsByToken() as { '/metrics': typeof answerMetrics };
    const ask = async (authorization?: string) =>
      (await answer(new Request('http://server/metrics', { ...(authorization && { headers: { authorization } }) })))
        .status;
    expect(await ask()).toBe(401);
    expect(await ask('Bearer a-token-of-sixteen')).toBe(200);
    for (const wrong of ['Bearer ', 'Bearer a-token-of-sixteex', 'a-token-of-sixteen', 'Basic a-token-of-sixteen'])
      expect(await ask(wrong), wrong).toBe(401);
  });

  it('is who reaches a port of its own, which serves probes too and nothing else', async () => {
    const port = await freePort();
    set({ METRICS_PORT: String(port) });
    await openMetricsPort();
    const ask = async (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect(await (await ask('/metrics')).text()).toContain('restain_jobs_running');
    expect((await ask('/api/health/live')).status).toBe(200);
    expect((await ask('/api/health/ready')).status).toBe(503);
    for (const path of ['/', '/api/health', '/api/analyses', '/metrics/x', '/constructor'])
      expect((await ask(path)).status, path).toBe(404);
    await expect(openMetricsPort()).rejects.toThrow('EADDRINUSE');
  });

  it('is who asks that port by an address that is no name of the site', async () => {
    const port = await freePort();
    set({ METRICS_PORT: String(port), ALLOWED_HOSTS: 'restain.example.org' });
    guardListener({ isDevelopment: false, probes: {}, health: async () => new Response() });
    await openMetricsPort();
    const asked = request({ port, path: '/metrics', headers: { Host: `10.1.2.3:${port}` } }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
  });
});
