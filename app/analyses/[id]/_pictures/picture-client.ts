import type { Attempts } from '@/app/_loading/attempts';
import { failureWords } from '@/app/_loading/failure-words';
import { openWorker, type WorkerClient } from '@/app/_loading/worker-rpc';
import type { Raster } from '@/lib/imaging/raster';
import { createHandOver } from './hand-over';
import type { PictureCalls, PictureSource, PictureSummary } from './picture-protocol';

/**
 * The page's side of the picture worker. A picture is fetched when it is first used, once, with as many attempts as it
 * takes.
 */
export function createPictureClient(urlOf: (source: PictureSource) => Promise<string | null>, attempts: Attempts) {
  let worker: WorkerClient<PictureCalls> | null = null;
  /** Why the last worker ended. The next `load` fails with it, and the one after that starts another worker. */
  let lost: Error | null = null;
  const loading = new Map<PictureSource, Promise<PictureSummary | null>>();
  const loaded = new Set<PictureSource>();
  const lossListeners = new Set<() => void>();
  const original = createHandOver<Raster>();

  function open(): WorkerClient<PictureCalls> {
    worker ??= openWorker<PictureCalls>('picture', lose, failureWords);
    return worker;
  }

  /** The loaded pictures are lost with the worker. Pictures that are still loading are retried by their attempts. */
  function lose(failure: Error) {
    worker = null;
    if (loaded.size === 0) return;
    for (const source of loaded) loading.delete(source);
    loaded.clear();
    lost = failure;
    for (const listener of lossListeners) listener();
  }

  return {
    /** @returns null when the result has no such picture */
    load(source: PictureSource): Promise<PictureSummary | null> {
      const known = loading.get(source);
      if (known) return known;
      const promise = attempts.run(source, async () => {
        if (lost) {
          const failure = lost;
          lost = null;
          throw failure;
        }
        const picture = source === 'original' ? await original.take() : null;
        if (picture) return open().call('load', { source, picture }, undefined, [picture.data.buffer]);
        const url = await urlOf(source);
        return url === null ? null : open().call('load', { source, url });
      });
      loading.set(source, promise);
      promise.then(
        () => loaded.add(source),
        // The attempts have been closed.
        () => loading.get(source) === promise && loading.delete(source),
      );
      return promise;
    },
    /** Gives this worker the original as another one has read it. null: that failed, so it is fetched. Until one of both is said, it is waited for. */
    offerOriginal: original.give,
    tile: async (wanted: PictureCalls['tile']['argument']) => open().call('tile', wanted),
    /** Calls the listener when all loaded pictures are lost and have to be loaded again. */
    onLoss(listener: () => void) {
      lossListeners.add(listener);
      return () => {
        lossListeners.delete(listener);
      };
    },
    close() {
      worker?.close();
      worker = null;
      loading.clear();
      loaded.clear();
    },
  };
}

export type PictureClient = ReturnType<typeof createPictureClient>;
