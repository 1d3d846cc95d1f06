import { type Browser, chromium, expect, type Page, test } from '@playwright/test';
import { build } from 'esbuild';
import { type Analysis, TERMS_COOKIE, TERMS_VERSION } from '@/lib/contracts/analysis';
import { installVersityGw, VersityGw } from '../s3/versitygw';
import { drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

type Client = typeof import('@/lib/client/analyses');
declare const client: Client;

/** Size of the test's file in bytes: four parts. */
const BYTES = 26_000_000;

/** The client code of the site, loaded into a page of the server's origin. */
async function openClient(browser: Browser, server: OwnServer): Promise<Page> {
  const bundle = await build({
    entryPoints: ['lib/client/analyses.ts'],
    bundle: true,
    format: 'iife',
    globalName: 'client',
    write: false,
  });
  const context = await browser.newContext();
  await context.addCookies([{ name: TERMS_COOKIE, value: TERMS_VERSION, url: server.url }]);
  const page = await context.newPage();
  await page.goto(`${server.url}/api/health`);
  await page.evaluate(bundle.outputFiles[0]!.text.replace('var client', 'globalThis.client'));
  return page;
}

/** Uploads an image padded to `BYTES` from within the page. Returns the progress that was reported. */
async function upload(page: Page, [width, height] = [300, 200]): Promise<{ analysis: Analysis; progress: number[] }> {
  const base64 = (await drawTissue(width as number, height as number)).toString('base64');
  return page.evaluate(
    async ({ base64, bytes }) => {
      const padded = new Uint8Array(bytes);
      padded.set(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
      const progress: number[] = [];
      const options = { onProgress: (fraction: number) => void progress.push(fraction) };
      return { analysis: await client.uploadImage(new Blob([padded], { type: 'image/png' }), options), progress };
    },
    { base64, bytes: BYTES },
  );
}

const parts = (url: URL) => /\/upload\/\d+$/.test(url.pathname);

let browser: Browser;
test.beforeAll(async () => {
  const web = test.info().config.projects.find(({ name }) => name === 'desktop');
  browser = await chromium.launch(web?.use.launchOptions);
});
test.afterAll(() => browser.close());

for (const provider of ['local', 's3'] as const)
  test.describe(`with ${provider} storage`, { tag: provider === 's3' ? '@long' : [] }, () => {
    let gateway: VersityGw | undefined;
    let server: OwnServer;
    let other: OwnServer;

    test.beforeAll(async () => {
      test.setTimeout(180_000);
      const settings: Record<string, string> = { STORAGE_DIR: test.info().outputPath('storage') };
      if (provider === 's3') {
        const installed = await installVersityGw();
        test.skip('missing' in installed, 'missing' in installed ? installed.missing : '');
        gateway = await VersityGw.start((installed as { program: string }).program);
        Object.assign(settings, gateway.environment);
      }
      [server, other] = await Promise.all([startOwnServer(settings), startOwnServer(settings)]);
      await gateway?.allowOrigin(server.url);
    });
    test.afterAll(async () => {
      await Promise.all([server?.stop(), other?.stop()]);
      await gateway?.stop();
    });

    const stateOf = async (id: string): Promise<Analysis> =>
      (await fetch(`${server.url}/api/analyses/${id}`)).json() as Promise<Analysis>;

    test('the browser uploads with true progress, and another server serves what came of it', async () => {
      const page = await openClient(browser, server);
      const { analysis, progress } = await upload(page);
      expect(analysis).toMatchObject({ state: 'ready', source: { width: 300, height: 200 } });
      expect(progress.length).toBeGreaterThan(4);
      expect(progress.at(-1)).toBe(1);

      const done = await page.evaluate(async (id) => {
        await client.startAnalysis(id, { resolution: '40x' });
        const analysis = await client.followAnalysis(id);
        const picture = await fetch(analysis.result!.pictures.Seg!.url);
        return { analysis, type: picture.headers.get('content-type'), bytes: (await picture.arrayBuffer()).byteLength };
      }, analysis.id);
      expect(done).toMatchObject({ analysis: { state: 'done' }, type: 'image/png' });
      expect(done.bytes).toBeGreaterThan(1000);

      const elsewhere = await (await fetch(`${other.url}/api/analyses/${analysis.id}`)).json();
      expect(elsewhere.result.scoring).toEqual(done.analysis.result!.scoring);
      await page.evaluate((id) => client.deleteAnalysis(id), analysis.id);
      expect((await fetch(`${other.url}/api/analyses/${analysis.id}`)).status).toBe(404);
      await page.context().close();
    });

    test('a lost connection costs the part that was on its way, and no more', async () => {
      const page = await openClient(browser, server);
      const sent: string[] = [];
      let cuts = 3;
      await page.route(parts, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        const part = new URL(route.request().url()).pathname.split('/').at(-1) as string;
        if (part !== '1' && cuts-- > 0) return route.abort('connectionreset');
        sent.push(part);
        return route.continue();
      });
      const { analysis } = await upload(page);
      expect(analysis.state).toBe('ready');
      expect(sent.sort()).toEqual(['1', '2', '3', '4']);
      await page.context().close();
    });

    test('an upload can be stopped', async () => {
      const page = await openClient(browser, server);
      const reason = await page.evaluate(async () => {
        const abort = new AbortController();
        const sending = client.uploadImage(new Blob([new Uint8Array(20_000_000)]), {
          signal: abort.signal,
          onProgress: () => abort.abort(new Error('stopped by hand')),
        });
        return sending.then(
          () => 'sent',
          (error: Error) => error.message,
        );
      });
      expect(reason).toBe('stopped by hand');
      await page.context().close();
    });

    test('a run whose server is killed goes on on another, while the page waits', { tag: '@long' }, async () => {
      test.setTimeout(300_000);
      const page = await openClient(browser, server);
      const { analysis } = await upload(page, [700, 700]);
      const act = (verb: string, body?: unknown) =>
        fetch(`${other.url}/api/analyses/${analysis.id}/${verb}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
      expect((await act('start', { resolution: '10x' })).status).toBe(202);
      await expect.poll(async () => (await stateOf(analysis.id)).progress?.tiles_done ?? 0).toBeGreaterThan(0);
      const watched = page.evaluate(async (id) => {
        const states = new Set<string>();
        const last = await client.followAnalysis(id, { onUpdate: ({ state }) => void states.add(state) });
        return { states: [...states], last };
      }, analysis.id);
      other.process.kill('SIGKILL');
      const { states, last } = await watched;
      expect(states).toEqual(['running', 'queued', 'done']);
      expect(last.result?.revision).toBe(1);
      await page.context().close();
    });
  });
