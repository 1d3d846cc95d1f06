import type { Attempts } from '../_loading/attempts';
import { fromFailureReply } from '../_loading/failures';
import { startWorker } from '../_loading/start-worker';
import type {
  PictureAnswer,
  PictureArgument,
  PictureCallName,
  PictureReply,
  PictureRequest,
  PictureSource,
  PictureSummary,
} from './picture-protocol';

type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };

/**
 * The page's side of the picture worker: every picture is fetched once, when it is first wanted, and as often as it
 * takes to get it.
 */
export function createPictureClient(urlOf: (source: PictureSource) => Promise<string | null>, attempts: Attempts) {
  let worker: Worker | null = null;
  /** Why the last worker is gone: whoever comes first says it, before another one is started. */
  let lost: Error | null = null;
  let turn = 0;
  const waiting = new Map<number, Waiting>();
  const loading = new Map<PictureSource, Promise<PictureSummary | null>>();
  const loaded = new Set<PictureSource>();
  const lossListeners = new Set<() => void>();

  function open(): Worker {
    worker ??= startWorker<PictureReply>('picture', { onMessage: receive, onFailure: lose });
    return worker;
  }

  function receive(reply: PictureReply) {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === 'failure') asker?.reject(fromFailureReply(reply));
    else asker?.resolve(reply.value as never);
  }

  /** Its pictures are gone with it; those that are still on their way are tried again by their own attempts. */
  function lose(failure: Error) {
    worker = null;
    const askers = [...waiting.values()];
    waiting.clear();
    for (const { reject } of askers) reject(failure);
    if (loaded.size === 0) return;
    for (const source of loaded) loading.delete(source);
    loaded.clear();
    lost = failure;
    for (const listener of lossListeners) listener();
  }

  function call<Name extends PictureCallName>(
    name: Name,
    argument: PictureArgument<Name>,
  ): Promise<PictureAnswer<Name>> {
    const id = ++turn;
    return new Promise((resolve, reject) => {
      const asked = open();
      waiting.set(id, { resolve, reject });
      asked.postMessage({ id, name, argument } as PictureRequest);
    });
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
        return url === null ? null : call('load', { source, url });
      });
      loading.set(source, promise);
      promise.then(
        () => loaded.add(source),
        // The attempts are over: nobody waits for it any more.
        () => loading.get(source) === promise && loading.delete(source),
      );
      return promise;
    },
    tile: (wanted: PictureArgument<'tile'>) => call('tile', wanted),
    /** Told when all that was loaded is gone, and has to be loaded anew. */
    onLoss(listener: () => void) {
      lossListeners.add(listener);
      return () => {
        lossListeners.delete(listener);
      };
    },
    close() {
      worker?.terminate();
      worker = null;
      waiting.clear();
      loading.clear();
      loaded.clear();
    },
  };
}

export type PictureClient = ReturnType<typeof createPictureClient>;
