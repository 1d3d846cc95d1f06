import 'server-only';
import type { Provider } from '@/workers/protocol';
import { startEngine } from './engine';

/**
 * CPU seconds of a megapixel at the network's own pixel size, from upload to drawn result: `npm run bench` with restain-ihc
 * 0.10.2, x64 with VNNI. With a card what the processor does beside it is left, taken to be a quarter.
 */
const SECONDS_PER_MEGAPIXEL: Record<Provider, number> = { cpu: 0.82, webgpu: 0.2, cuda: 0.2 };

/** What this server should need for a megapixel, by its provider and its threads. */
export async function estimateSpeed(): Promise<{ secondsPerMegapixel: number; micronsPerPixel: number }> {
  const { pool, provider, defaultModel } = await startEngine();
  // Threads share one graphics card.
  const lanes = provider === 'cpu' ? pool.threads : 1;
  return {
    secondsPerMegapixel: SECONDS_PER_MEGAPIXEL[provider] / lanes,
    micronsPerPixel: defaultModel.manifest.micronsPerPixel,
  };
}
