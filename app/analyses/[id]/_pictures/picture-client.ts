import type { Attempts } from '../_loading/attempts';
import { openWorker, type WorkerClient } from '../_loading/worker-rpc';
import type { PictureCalls, PictureSource, PictureSummary } from './picture-protocol';

/**
 * The page's side of the picture worker: every picture is fetched once, when it is first wanted, and as often as it
 * takes to get it.
 */
export function createPictureClient(urlOf: (source: PictureSource) => Promise<string | null>, attempts: Attempts) {
  let worker: WorkerClient<PictureCalls> | null = null;
  /** Why the last worker is gone: whoever comes first says it, before another one is started. */
  let lost: Error | null = null;
  const loading = new Map<PictureSource, Promise<PictureSummary | null>>();
  const loaded = new Set<PictureSource>();
  const lossListeners = new Set<() => void>();

  function open(): WorkerClient<PictureCalls> {
    worker ??= openWorker<PictureCalls>('picture', lose);
    return worker;
  }

  /** Its pictures are gone with it; those that are still on their way are tried again by their own attempts. */
  function lose(failure: Error) {
    worker = null;
    if (loaded.size === 0) return;
    for (const source of loaded) loading.delete(source);
    loaded.clear();
    lost = failure;
    for (const listener of lossListeners) listener();
  }

  return {
    /** null when the result has no such picture. */
    load(source: PictureSource): Promise<PictureSummary | null> {
      const known = loading.get(source);
      if (known) return known;
      const promise = attempts.run(source, async () => {
        if (lost) {
          const failure = lost;
          lost = null;
          throw failure;
        }
        const url = await urlOf(source);
        return url === null ? null : open().call('load', { source, url });
      });
      loading.set(source, promise);
      promise.then(
        () => loaded.add(source),
        // The attempts are over: nobody waits for it any more.
        () => loading.get(source) === promise && loading.delete(source),
      );
      return promise;
    },
    tile: async (wanted: PictureCalls['tile']['argument']) => open().call('tile', wanted),
    /** Told when all that was loaded is gone, and has to be loaded anew. */
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
