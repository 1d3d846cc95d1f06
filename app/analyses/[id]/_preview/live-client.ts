import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { fromFailureReply } from '../_loading/failures';
import { startWorker } from '../_loading/start-worker';
import type {
  AnswerOf,
  ArgumentOf,
  LiveCallName,
  LiveReply,
  LiveRequest,
  LiveScore,
  LiveSketch,
  LoadMaps,
} from './protocol';

type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };

/** The page's side of the live worker. */
export function createLiveClient(listen: {
  onProgress: (fraction: number) => void;
  onSketch: (sketch: LiveSketch) => void;
}) {
  let worker: Worker | null = null;
  let turn = 0;
  let newestScore = 0;
  let found: OutlinedNuclei | null = null;
  const waiting = new Map<number, Waiting>();

  function receive(reply: LiveReply) {
    if (reply.kind === 'progress') return listen.onProgress(reply.fraction);
    if (reply.kind === 'sketch') return reply.id === newestScore ? listen.onSketch(reply.sketch) : undefined;
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === 'failure') asker?.reject(fromFailureReply(reply));
    else asker?.resolve(reply.value as never);
  }

  /** Who waits learns why; the next `load` starts another worker. */
  function lose(failure: Error) {
    worker = null;
    found = null;
    const askers = [...waiting.values()];
    waiting.clear();
    for (const { reject } of askers) reject(failure);
  }

  function call<Name extends LiveCallName>(name: Name, argument: ArgumentOf<Name>): Promise<AnswerOf<Name>> {
    const id = ++turn;
    if (name === 'score') newestScore = id;
    return new Promise((resolve, reject) => {
      if (!worker) return reject(new Error('The live preview does not run.'));
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, name, argument } as LiveRequest);
    });
  }

  return {
    load(maps: LoadMaps) {
      try {
        worker ??= startWorker<LiveReply>('live', { onMessage: receive, onFailure: lose });
      } catch (error) {
        return Promise.reject(error);
      }
      return call('load', maps);
    },
    /** null when a newer request has overtaken this one. */
    async score(wanted: ArgumentOf<'score'>): Promise<LiveScore | null> {
      const answer = await call('score', wanted);
      if (!answer) return null;
      found = answer.found ?? found;
      return found && { ...answer, found };
    },
    probe: (place: { x: number; y: number }) => call('probe', place),
    pixels: () => call('pixels', null),
    close() {
      worker?.terminate();
      lose(new Error('The live preview was closed.'));
    },
  };
}

export type LiveClient = ReturnType<typeof createLiveClient>;
