import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { bioformatsProgram } from './program';

const folder = mkdtempSync(join(tmpdir(), 'java-test-'));
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
  rmSync(folder, { recursive: true, force: true });
});

it('a Java that does not start is told as such, and asked again the next time', async () => {
  for (const name of ['classes', 'conf', 'lib']) mkdirSync(join(folder, name));
  for (const name of ['bioformats_package.jar', 'reader.json']) writeFileSync(join(folder, name), '');
  const java = join(folder, 'java');
  writeFileSync(join(folder, 'reader.json'), JSON.stringify({ java }));
  writeFileSync(java, '#!/bin/sh\nexit 1\n');
  chmodSync(java, 0o755);
  vi.stubEnv('BIOFORMATS_DIR', folder);
  vi.stubEnv('BIOFORMATS_JAR', undefined);
  resetEnvForTests();
  await expect(bioformatsProgram()).rejects.toMatchObject({ code: 'reader_unavailable', retryAfterSeconds: 15 });
  writeFileSync(java, `#!/bin/sh\necho "    java.home = ${folder}" >&2\n`);
  expect((await bioformatsProgram()).name).toBe(`Bio-Formats with ${folder}`);
});
