import { PassingFailure } from './failures';

type Listeners<Reply> = {
  onMessage: (reply: Reply) => void;
  /** The worker is gone then. Told once. */
  onFailure: (failure: Error) => void;
};

/**
 * Starts a worker of this site. Whatever ends it is told in a sentence: a script that does not come, one that fails, a
 * message that cannot be read.
 *
 * @throws Error where the browser has no workers
 */
export function startWorker<Reply>(name: 'live' | 'picture' | 'band', listeners: Listeners<Reply>): Worker {
  if (typeof Worker === 'undefined')
    throw new Error('This browser has no web workers, or they are switched off: pictures and numbers need them.');
  const worker = new Worker(`/workers/${name}.js`, { type: 'module' });
  const end = (failure: Error) => {
    worker.terminate();
    worker.onmessage = worker.onerror = worker.onmessageerror = null;
    listeners.onFailure(failure);
  };
  worker.onmessage = ({ data }: MessageEvent<Reply>) => listeners.onMessage(data);
  // What the script threw comes with its message; of a script that could not be fetched there is none.
  worker.onerror = (event) => {
    event.preventDefault();
    const isLoaded = 'message' in event && Boolean(event.message);
    end(
      isLoaded
        ? new Error('A part of this page stopped working.')
        : new PassingFailure('A script of this page could not be loaded.'),
    );
  };
  worker.onmessageerror = () => end(new Error('A part of this page gave an answer that cannot be read.'));
  return worker;
}

/** In a worker: what cannot be read ends it, and so is told on the other side. */
export function refuseUnreadable(port: { onmessageerror: (() => void) | null }): void {
  port.onmessageerror = () => {
    throw new Error('A message could not be read.');
  };
}
