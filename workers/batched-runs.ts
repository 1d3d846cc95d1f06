import type { Raster } from '@/lib/imaging/raster';
import type { Session } from '@/lib/inference/session';
import type { Modality } from '@/lib/models/modalities';

/** Runs tiles of one size by one call of the runtime. Gives the pictures of each, in their order. */
export type RunMany = (
  tiles: readonly Raster[],
  modalities: readonly Modality[],
  staining: Float32Array | null,
) => Promise<Map<Modality, Raster>[]>;

type Pictures = Map<Modality, Raster>;
type Waiting = {
  /** Tiles that have the same can share a run. */
  key: string;
  tile: Raster;
  modalities: readonly Modality[];
  staining: Float32Array | null;
  resolve: (pictures: Pictures) => void;
  reject: (reason: unknown) => void;
};

/**
 * Joins tiles that come while others are run, or in the same turn of the loop, to one run.
 *
 * @param limit - tiles of one run
 */
export function batchRuns(runMany: RunMany, limit: number): Session['run'] {
  const waiting: Waiting[] = [];
  let isBusy = false;

  function schedule(): void {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    // Tasks that have arrived at this thread read their tiles first.
    setImmediate(async () => {
      await runNext();
      isBusy = false;
      schedule();
    });
  }

  async function runNext(): Promise<void> {
    const [first] = waiting;
    if (!first) return;
    const batch = waiting.filter(({ key }) => key === first.key).slice(0, limit);
    for (const one of batch) waiting.splice(waiting.indexOf(one), 1);
    try {
      const { modalities, staining } = first;
      const all = await runMany(
        batch.map(({ tile }) => tile),
        modalities,
        staining,
      );
      for (const [i, { resolve }] of batch.entries()) resolve(all[i] as Pictures);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (tile, modalities, staining) =>
    new Promise((resolve, reject) => {
      const key = [tile.width, tile.height, ...modalities, ...(staining ?? [])].join(' ');
      waiting.push({ key, tile, modalities, staining, resolve, reject });
      schedule();
    });
}
