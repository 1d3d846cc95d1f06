import { failureWords } from '@/app/_loading/failure-words';
import { openWorker, type WorkerClient } from '@/app/_loading/worker-rpc';
import { t } from '@/app/_text/t';
import type { Raster } from '@/lib/imaging/raster';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import type { LiveCalls, LiveScore, LiveSketch, LoadMaps } from './live-protocol';

/** Calls the live worker from the page. */
export function createLiveClient(listen: {
  onProgress: (fraction: number) => void;
  /** Called with a copy of the original as soon as it is read, before the other pictures are there. */
  onOriginal: (original: Raster) => void;
  onSketch: (sketch: LiveSketch) => void;
}) {
  let worker: WorkerClient<LiveCalls> | null = null;
  let newestScore = 0;
  let found: OutlinedNuclei | null = null;

  /** The next `load` starts another worker. */
  function forget() {
    worker = null;
    found = null;
  }

  const running = () => {
    if (!worker) throw new Error(t('The live preview does not run.'));
    return worker;
  };

  return {
    /** @throws Error (rejects) with a sentence, when pictures cannot be loaded or the worker does not start */
    async load(maps: LoadMaps) {
      worker ??= openWorker<LiveCalls>('live', forget, failureWords);
      return worker.call('load', maps, (news) =>
        'original' in news ? listen.onOriginal(news.original) : listen.onProgress(news.loaded),
      );
    },
    /** null when a newer request came in before this one was done. */
    async score(wanted: LiveCalls['score']['argument']): Promise<LiveScore | null> {
      const turn = ++newestScore;
      const answer = await running().call('score', wanted, (sketch) => {
        if (turn === newestScore) listen.onSketch(sketch);
      });
      if (!answer) return null;
      found = answer.found ?? found;
      return found && { ...answer, found };
    },
    probe: async (place: { x: number; y: number }) => running().call('probe', place),
    features: async () => running().call('features', null),
    pixels: async () => running().call('pixels', null),
    close() {
      worker?.close(new Error('The live preview was closed.'));
      forget();
    },
  };
}

export type LiveClient = ReturnType<typeof createLiveClient>;
