import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { ome } from '../__fixtures__/drawn-slide';
import { describeImage } from '../__fixtures__/read-file';
import { areFormatsComing, findBioformats, getFormats } from './installation';

/** A server without the reader, which cannot install Java either: it finds no programs. */
const empty = mkdtempSync(join(tmpdir(), 'formats-test-'));
function stub(formats: 'auto' | 'off'): void {
  vi.stubEnv('BIOFORMATS_DIR', empty);
  vi.stubEnv('BIOFORMATS_JAR', join(empty, 'no.jar'));
  vi.stubEnv('FORMATS', formats);
  vi.stubEnv('LOG_LEVEL', 'silent');
  resetEnvForTests();
}
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
  rmSync(empty, { recursive: true, force: true });
});

describe('a server without the reader of microscope formats', () => {
  it('gets it by itself; a slide that comes before gets 503 and when to come again', async () => {
    stub('auto');
    const getting = getFormats();
    expect(areFormatsComing()).toBe(true);
    await expect(describeImage(ome)).rejects.toMatchObject({
      code: 'reader_unavailable',
      retryAfterSeconds: expect.any(Number),
    });
    expect(await getting).toBeNull();
    expect(areFormatsComing()).toBe(false);
    expect(findBioformats()).toBeNull();
  });

  it('does not where FORMATS=off refuses', async () => {
    stub('off');
    const getting = getFormats();
    expect(areFormatsComing()).toBe(false);
    expect(await getting).toBeNull();
  });
});
