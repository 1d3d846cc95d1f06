import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
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

/** Where the generator is installed once, in the versions of its lock file. */
const TYPESCRIPT = 'integrations/typescript';

/** The first code block of a kind below the heading TypeScript of docs/api.md. */
function documented(kind: 'sh' | 'ts'): string {
  const [, section = ''] = readFileSync('docs/api.md', 'utf8').split('## TypeScript\n');
  const block = new RegExp(`\`\`\`${kind}\\n(.*?)\`\`\``, 's').exec(section)?.[1];
  expect(block, `docs/api.md has a block of ${kind}`).toBeTruthy();
  return block ?? '';
}

test('the documented command and program make a typed client that scores an image', async ({ baseURL }, testInfo) => {
  const isInstalled =
    existsSync(`${TYPESCRIPT}/node_modules/.package-lock.json`) ||
    (await install('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], TYPESCRIPT));
  test.skip(!isInstalled, 'openapi-typescript cannot be installed here');
  const folder = testInfo.outputPath('typescript');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{"type":"module"}');
  symlinkSync(resolve(TYPESCRIPT, 'node_modules'), `${folder}/node_modules`);

  const words = documented('sh')
    .trim()
    .replace('http://localhost:3000', baseURL ?? '')
    .split(' ');
  const versions = JSON.parse(readFileSync(`${TYPESCRIPT}/package.json`, 'utf8')).devDependencies;
  expect(words.slice(0, 2)).toEqual(['npx', `openapi-typescript@${versions['openapi-typescript']}`]);
  await run('node_modules/.bin/openapi-typescript', words.slice(2), { cwd: folder });

  const compile = async (program: string) => {
    writeFileSync(`${folder}/program.ts`, program);
    const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')];
    const options = ['--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', ...types];
    await run('node_modules/.bin/tsc', [...options, 'program.ts'], { cwd: folder });
  };
  for (const [right, wrong] of [
    ["'40x'", '40'],
    ['num_pos', 'num_positive'],
  ] as const) {
    const spoilt = documented('ts').replace(right, wrong);
    expect(spoilt).not.toBe(documented('ts'));
    await expect(compile(spoilt), wrong).rejects.toThrow();
  }
  await compile(documented('ts'));

  writeFileSync(`${folder}/field.png`, await drawTissue(280, 200));
  const { stdout } = await run('node', ['program.js'], {
    cwd: folder,
    env: { ...process.env, RESTAIN_URL: baseURL, FORCE_COLOR: '0' },
  });
  const { num_pos: positive, num_total: total } = countTissue(280, 200);
  expect(stdout.trim()).toBe(`${positive} of ${total} nuclei are positive; ${total} listed`);
});
