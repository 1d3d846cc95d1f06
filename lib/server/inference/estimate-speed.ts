import 'server-only';
import type { Provider } from '@/workers/protocol';
import { startEngine } from './engine';

/**
 * CPU seconds for a megapixel at the network's own pixel size, from upload to drawn result, by `npm run bench` with
 * restain-ihc 0.10.5 on x64 with VNNI. With a graphics card a quarter is left for the processor (estimated).
 */
const SECONDS_PER_MEGAPIXEL: Record<Provider, number> = { cpu: 0.5, webgpu: 0.2, cuda: 0.2 };

/** The seconds that this server needs for a megapixel, estimated by its provider and threads. */
export async function estimateSpeed() {
  const { pool, provider, defaultModel } = await startEngine();
  // Threads share one graphics card.
  const { micronsPerPixel, coarse } = defaultModel.manifest;
  const lanes = provider === 'cpu' ? pool.threads : 1;
  return {
    secondsPerMegapixel: SECONDS_PER_MEGAPIXEL[provider] / lanes,
    micronsPerPixel,
    others: coarse ? [{ ...coarse.pictures, micronsPerPixel: coarse.micronsPerPixel }] : [],
  };
}
