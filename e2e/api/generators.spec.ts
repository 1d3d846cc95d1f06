import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Scoring } from '@/lib/contracts/infer';
import { countTissue, drawTissue } from './drawn-pictures';

const run = promisify(execFile);
const asset = (name: string) => fileURLToPath(new URL(`./assets/${name}`, import.meta.url));

/** Installs a generator from its registry. Without a network the test is skipped, with the reason. */
async function install(command: string, args: string[], cwd: string): Promise<boolean> {
  try {
    await run(command, args, { cwd, timeout: 180_000 });
    return true;
  } catch (error) {
    console.log(`Not tried: ${command} ${args.join(' ')}: ${String(error).slice(0, 200)}`);
    return false;
  }
}

test.setTimeout(420_000);

test('openapi-python-client makes a client that posts an image', { tag: '@long' }, async ({ baseURL }, testInfo) => {
  const folder = testInfo.outputPath('python');
  mkdirSync(folder, { recursive: true });
  const isInstalled =
    (await install('python3', ['-m', 'venv', 'venv'], folder)) &&
    (await install('venv/bin/pip', ['install', '-q', 'openapi-python-client==0.29.1'], folder));
  test.skip(!isInstalled, 'openapi-python-client cannot be installed here');

  const document = await (await fetch(`${baseURL}/api/openapi.json`)).text();
  writeFileSync(`${folder}/openapi.json`, document);
  const generate = ['generate', '--path', 'openapi.json', '--output-path', 'generated', '--meta', 'none'];
  const { stdout } = await run('venv/bin/openapi-python-client', generate, { cwd: folder });
  // The generator warns of an operation that it does not understand, and omits it.
  expect(stdout).not.toMatch(/WARNING parsing|Endpoint will not be generated|Unable to/i);

  const image = `${folder}/image.png`;
  writeFileSync(image, await drawTissue(280, 200));
  const posted = await run('venv/bin/python', [asset('generated_client.py'), folder, baseURL ?? '', image], {
    cwd: folder,
  });
  const answer = JSON.parse(posted.stdout);
  expect(answer.health).toBe('ok');
  expect(Scoring.parse(answer.scoring)).toMatchObject(countTissue(280, 200));
});

test(
  'openapi-typescript and openapi-fetch make a client that compiles',
  { tag: '@long' },
  async ({ baseURL }, testInfo) => {
    const folder = testInfo.outputPath('typescript');
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, '{"type":"module"}');
    const packages = ['openapi-typescript@7.13.0', 'openapi-fetch', 'typescript@5'];
    const isInstalled = await install('npm', ['install', '--no-audit', '--no-fund', ...packages], folder);
    test.skip(!isInstalled, 'openapi-typescript cannot be installed here');

    writeFileSync(`${folder}/openapi.json`, await (await fetch(`${baseURL}/api/openapi.json`)).text());
    await run('node_modules/.bin/openapi-typescript', ['openapi.json', '-o', 'schema.ts'], { cwd: folder });
    copyFileSync(asset('generated-client.ts.txt'), `${folder}/use.ts`);
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
    await run('node_modules/.bin/tsc', [...options, 'use.ts'], { cwd: folder });
  },
);
