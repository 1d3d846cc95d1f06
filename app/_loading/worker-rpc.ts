import { type FailureCode, type FailureReply, fromFailureReply, PassingFailure, toFailureReply } from './failures';

/** One call to a worker: its argument, its answer, and the news that may come before the answer. */
export type WorkerCall<Argument, Answer, News = never> = { argument: Argument; answer: Answer; news: News };

/** All calls that a worker answers, by name. */
export type WorkerCalls = Record<string, WorkerCall<unknown, unknown, unknown>>;

type Request = { id: number; name: string; argument: unknown };
type Reply =
  | { kind: 'news'; id: number; news: unknown }
  | { kind: 'answer'; id: number; value: unknown }
  | ({ kind: 'failure'; id: number } & FailureReply);

type Waiting = {
  resolve: (value: never) => void;
  reject: (failure: Error) => void;
  onNews: ((news: never) => void) | undefined;
};

/**
 * Starts a worker of this site, `/workers/<script>.js`.
 *
 * @param onLoss - called once when the worker ends by itself; pending calls are rejected with the same failure first
 * @param inWords - makes sentences of the codes of failures: a page gives `failureWords`, a worker has none
 * @throws Error where the browser has no workers
 */
export function openWorker<Api extends WorkerCalls>(
  script: 'live' | 'picture' | 'band' | 'table',
  onLoss: (failure: Error) => void = () => undefined,
  inWords: (problem: string) => string = (problem) => problem,
) {
  const waiting = new Map<number, Waiting>();
  let turn = 0;
  let end: Error | null = null;
  const failed = (code: FailureCode) => new Error(inWords(code));
  if (typeof Worker === 'undefined') throw failed('no-workers');
  const worker = startWorker(script, receive, (code) => {
    const failure = code === 'worker-not-loaded' ? new PassingFailure(inWords(code)) : failed(code);
    rejectAll(failure);
    onLoss(failure);
  });

  function receive(reply: Reply) {
    const asker = waiting.get(reply.id);
    if (reply.kind === 'news') return asker?.onNews?.(reply.news as never);
    waiting.delete(reply.id);
    if (reply.kind === 'failure') asker?.reject(fromFailureReply(reply, inWords));
    else asker?.resolve(reply.value as never);
  }

  function rejectAll(failure: Error) {
    end = failure;
    const askers = [...waiting.values()];
    waiting.clear();
    for (const { reject } of askers) reject(failure);
  }

  return {
    /**
     * @param moved - parts of the argument that are moved to the worker instead of being copied
     * @throws Error (rejects) with what the handler threw, or with what ended the worker
     */
    call<Name extends keyof Api & string>(
      name: Name,
      argument: Api[Name]['argument'],
      onNews?: (news: Api[Name]['news']) => void,
      moved: Transferable[] = [],
    ): Promise<Api[Name]['answer']> {
      return new Promise((resolve, reject) => {
        if (end) return reject(end);
        const id = ++turn;
        worker.postMessage({ id, name, argument } satisfies Request, moved);
        waiting.set(id, { resolve, reject, onNews });
      });
    },
    /** Ends the worker. Pending calls are rejected with `failure`; without one they are never settled. */
    close(failure?: Error) {
      worker.terminate();
      if (failure) rejectAll(failure);
      waiting.clear();
    },
  };
}

export type WorkerClient<Api extends WorkerCalls> = ReturnType<typeof openWorker<Api>>;

/** Starts the script. It ends, with a code, when it is not loaded, throws, or a message cannot be read. */
function startWorker(script: string, onReply: (reply: Reply) => void, onEnd: (code: FailureCode) => void): Worker {
  const worker = new Worker(`/workers/${script}.js`, { type: 'module' });
  const end = (code: FailureCode) => {
    worker.terminate();
    worker.onmessage = worker.onerror = worker.onmessageerror = null;
    onEnd(code);
  };
  worker.onmessage = ({ data }: MessageEvent<Reply>) => onReply(data);
  // An error in the script has a message. A script that could not be fetched has none.
  worker.onerror = (event) => {
    event.preventDefault();
    const isLoaded = 'message' in event && Boolean(event.message);
    end(isLoaded ? 'worker-ended' : 'worker-not-loaded');
  };
  worker.onmessageerror = () => end('worker-not-read');
  return worker;
}

/** `self` in a worker. TypeScript's types of it would clash with those of the page. */
type Port = {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage: (reply: Reply, transfer?: Transferable[]) => void;
};

type Handlers<Api extends WorkerCalls> = {
  [Name in keyof Api]: (
    argument: Api[Name]['argument'],
    tell: (news: Api[Name]['news'], moved?: Transferable[]) => void,
  ) => Api[Name]['answer'] | Promise<Api[Name]['answer']>;
};

/**
 * Called in a worker: answers the calls of the page. Handlers start in the order of the requests, without waiting for
 * each other. What a handler throws becomes the failure of its call.
 *
 * @param transfers - the parts of an answer that are moved to the page instead of being copied
 */
export function serveCalls<Api extends WorkerCalls>(
  handlers: Handlers<Api>,
  transfers: { [Name in keyof Api]?: (answer: Api[Name]['answer']) => Transferable[] } = {},
): void {
  const port = self as unknown as Port;
  port.onmessage = async ({ data: { id, name, argument } }) => {
    try {
      const handle = handlers[name];
      if (!handle) throw new Error(`This worker knows no call '${name}'.`);
      const value = await handle(argument, (news, moved) => port.postMessage({ kind: 'news', id, news }, moved));
      port.postMessage({ kind: 'answer', id, value }, transfers[name]?.(value) ?? []);
    } catch (error) {
      port.postMessage({ kind: 'failure', id, ...toFailureReply(error) });
    }
  };
  // The error ends the worker, and the page learns of it.
  port.onmessageerror = () => {
    throw new Error('A message could not be read.');
  };
}
