import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SAMPLES } from '@/lib/samples';
import example from './example.json';

// `node e2e/home-example.mjs` draws it anew.
it('is a shipped sample, scored by the network that ships', () => {
  const { name, version } = JSON.parse(readFileSync('models/restain-ihc/model.json', 'utf8'));
  expect(example.model).toBe(`${name}@${version}`);
  expect(SAMPLES.map((sample) => sample.name)).toContain(example.sample);
  expect(example.percent).toBeCloseTo((100 * example.positive) / example.total, 1);
  for (const picture of ['ihc', 'inferred']) expect(existsSync(`public/home/${picture}.webp`)).toBe(true);
});
