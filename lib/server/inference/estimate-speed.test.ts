import { afterEach, describe, expect, it } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { startEngine, stopEngine } from './engine';
import { estimateSpeed } from './estimate-speed';

async function estimateWith(threads: number) {
  Object.assign(process.env, {
    MODELS_DIR: 'workers/__fixtures__/models',
    POOL_THREADS: String(threads),
    INFERENCE_PROVIDER: 'cpu',
  });
  resetEnvForTests();
  await stopEngine();
  await startEngine();
  return estimateSpeed();
}

describe('estimateSpeed', () => {
  afterEach(stopEngine);

  it('tells on processors that twice the threads take half the time, four times a quarter', async () => {
    const one = await estimateWith(1);
    const two = await estimateWith(2);
    const four = await estimateWith(4);
    expect(one.secondsPerMegapixel).toBeGreaterThan(0.1);
    expect(one.secondsPerMegapixel).toBeLessThan(10);
    expect(two.secondsPerMegapixel).toBeCloseTo(one.secondsPerMegapixel / 2, 9);
    expect(four.secondsPerMegapixel).toBeCloseTo(one.secondsPerMegapixel / 4, 9);
    expect(four.micronsPerPixel).toBe(0.25);
  });
});
