import { execFileSync, spawnSync } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POST as infer } from '@/app/api/infer/route';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';

const NAME = 'restain:test';
const isThere = (program: string) => spawnSync('which', [program]).status === 0;
const hasBases = Boolean(process.env.BUILD && process.env.RUNTIME);
const missing = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...['buildah', ...(hasBases ? [] : ['debootstrap'])].filter((program) => !isThere(program)),
];
if (missing.length > 0) console.warn(`The image is not built: no ${missing.join(', ')} here (deploy/build-image.sh).`);

// BUILD and RUNTIME name bases that are here already; else they are made of Debian's packages, which takes a mirror.
describe.skipIf(missing.length > 0)('the image', { tags: ['long'], timeout: 3_600_000 }, () => {
  runSite({ MODELS_DIR: 'models', DEFAULT_MODEL: '', INFERENCE_PROVIDER: 'cpu', FORMATS: 'off' });

  it('is built without a daemon, runs without root on files that cannot be written, and finds what a checkout finds', async () => {
    execFileSync('deploy/build-image.sh', [NAME], { stdio: ['ignore', 'inherit', 'inherit'] });
    const said = execFileSync('deploy/try-image.sh', [NAME, '3991'], { encoding: 'utf8' });
    expect(said).toMatch(/^uid: 10001; Node v\d+/m);
    expect(said).toContain('read-only');
    expect(said).toMatch(/"status":"ready"/);
    expect(said).toMatch(/"status":"ok"/);
    const body = new FormData();
    body.set('img', await openAsBlob('public/samples/cd3.jpg'));
    const request = new Request('http://localhost/?slim&resolution=40x', { method: 'POST', body });
    const here = (await (await infer(request, { params: Promise.resolve({}) })).json()) as {
      scoring: { num_total: number };
    };
    expect(here.scoring.num_total).toBeGreaterThan(100);
    expect(said).toContain(`"scoring":{"num_total":${here.scoring.num_total}`);
    const [, size, unit] = /restain:test ([\d.]+) (MB|GB)/.exec(said) ?? [];
    expect(Number(size) * (unit === 'GB' ? 1000 : 1)).toBeLessThan(1400);
    const parts = Number(/parts in the SBOM: (\d+)/.exec(said)?.[1]);
    expect(parts).toBeGreaterThan(100);
  });
});
