import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'bootstrap-test-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** A project of our shape, whose builders count: the workers' writes into `public`, as ours does. */
function drawProject(): void {
  copyFileSync('bootstrap.mjs', join(root, 'bootstrap.mjs'));
  write('deploy/compress-static.mjs', '');
  write('package-lock.json', '{"packages":{}}');
  write('node_modules/.package-lock.json', '{"packages":{}}');
  write('app/page.tsx', 'page');
  write('app/page.test.tsx', 'test');
  write('public/logo.svg', 'logo');
  write('workers/pool.ts', 'pool');
  write(
    'workers/build.mjs',
    `import { appendFileSync, mkdirSync } from 'node:fs';
for (const folder of ['.workers', 'public/workers']) mkdirSync(folder, { recursive: true });
appendFileSync('public/workers/kernels.js', String(Math.random()));`,
  );
  write(
    'node_modules/next/dist/bin/next',
    `const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
mkdirSync('.next', { recursive: true });
writeFileSync('.next/BUILD_ID', String(Math.random()));
appendFileSync('builds', 'x');`,
  );
}

describe('npm start', () => {
  const builds = () => {
    execFileSync(process.execPath, [join(root, 'bootstrap.mjs'), 'build'], { stdio: 'pipe' });
    return readFileSync(join(root, 'builds'), 'utf8').length;
  };

  it('builds once, and again only when a source has changed', () => {
    drawProject();
    expect([builds(), builds(), builds()]).toEqual([1, 1, 1]);
    write('app/page.test.tsx', 'another test');
    expect(builds()).toBe(1);
    write('public/logo.svg', 'another logo');
    expect([builds(), builds()]).toEqual([2, 2]);
    write('workers/pool.ts', 'another pool');
    expect([builds(), builds()]).toEqual([3, 3]);
    rmSync(join(root, '.next'), { recursive: true });
    expect([builds(), builds()]).toEqual([4, 4]);
  });
});
