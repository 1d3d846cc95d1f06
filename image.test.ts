import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { POST as infer } from '@/app/api/infer/route';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { drawMirax } from '@/lib/server/readers/__fixtures__/draw-mirax';
import { drawTiff, omeXml } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { drawZip } from '@/lib/server/readers/__fixtures__/draw-zip';

const NAME = 'restain:test';
const isThere = (program: string) => spawnSync('which', [program]).status === 0;
const hasBases = Boolean(process.env.BUILD && process.env.RUNTIME);
const missing = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...['buildah', ...(hasBases ? [] : ['debootstrap'])].filter((program) => !isThere(program)),
];
if (missing.length > 0) console.warn(`The image is not built: no ${missing.join(', ')} here (deploy/build-image.sh).`);

/** A picture for each reader: the common one, Bio-Formats (OME-TIFF) and OpenSlide (MIRAX). @returns their paths */
async function drawFiles(folder: string): Promise<string[]> {
  const picture = 'public/samples/cd3.jpg';
  const size = { width: 512, height: 512 };
  const pixels = await sharp(picture)
    .extract({ left: 0, top: 0, ...size })
    .removeAlpha()
    .raw()
    .toBuffer();
  const ome = join(folder, 'slide.ome.tif');
  writeFileSync(ome, drawTiff([{ ...size, samples: 3, pixels, tags: { 270: omeXml(size, ['RGB'], { samples: 3 }) } }]));
  const mirax = join(folder, 'mirax.zip');
  writeFileSync(mirax, drawZip(await drawMirax({ picture: { ...size, pixels } })));
  return [picture, ome, mirax];
}

async function countHere(path: string): Promise<number> {
  const body = new FormData();
  body.set('img', await openAsBlob(path));
  const request = new Request('http://localhost/?slim&resolution=40x', { method: 'POST', body });
  const answer = await infer(request, { params: Promise.resolve({}) });
  return ((await answer.json()) as { scoring: { num_total: number } }).scoring.num_total;
}

// BUILD and RUNTIME name bases that are here already; else they are made of Debian's packages, which takes a mirror.
describe.skipIf(missing.length > 0)('the image', { tags: ['long'], timeout: 3_600_000 }, () => {
  runSite({ MODELS_DIR: 'models', DEFAULT_MODEL: '', INFERENCE_PROVIDER: 'cpu', FORMATS: 'off' });
  const folder = mkdtempSync(join(tmpdir(), 'restain-image-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is built without a daemon, runs without root on files that cannot be written, and finds what a checkout finds', async () => {
    execFileSync('deploy/build-image.sh', [NAME], { stdio: ['ignore', 'inherit', 'inherit'] });
    const files = await drawFiles(folder);
    const said = execFileSync('deploy/try-image.sh', [NAME, '3991', ...files], { encoding: 'utf8' });
    console.log(said);
    expect(said).toMatch(/^uid: 10001; Node v\d+/m);
    expect(said).toContain('read-only');
    expect(said).toMatch(/"status":"ready"/);
    expect(said).toMatch(/"status":"ok"/);
    for (const file of files) {
      const count = await countHere(file);
      expect(count).toBeGreaterThan(100);
      expect(said).toContain(`${basename(file)}: "scoring":{"num_total":${count}\n`);
    }
    const [, size, unit] = /restain:test +([\d.]+) (MB|GB)/.exec(said) ?? [];
    expect(Number(size) * (unit === 'GB' ? 1000 : 1)).toBeLessThan(1400);
    expect(said).toContain('after SIGTERM: exit code 143');
    const parts = Number(/parts in the SBOM: (\d+)/.exec(said)?.[1]);
    expect(parts).toBeGreaterThan(100);
    expect(said).toMatch(/^licences: \d{6,} bytes; Debian packages without one: 0$/m);
  });
});
