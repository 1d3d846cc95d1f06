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

/** The page's side of the picture worker: every picture is fetched once, when it is first wanted. */
export function createPictureClient(urlOf: (source: PictureSource) => Promise<string | null>) {
  let worker: Worker | null = null;
  let turn = 0;
  const waiting = new Map<number, Waiting>();
  const loading = new Map<PictureSource, Promise<PictureSummary | null>>();

  function open(): Worker {
    if (worker) return worker;
    worker = new Worker('/workers/picture.js', { type: 'module' });
    worker.onmessage = ({ data: reply }: MessageEvent<PictureReply>) => {
      const asker = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.kind === 'failure') asker?.reject(new Error(reply.problem));
      else asker?.resolve(reply.value as never);
    };
    return worker;
  }

  function call<Name extends PictureCallName>(
    name: Name,
    argument: PictureArgument<Name>,
  ): Promise<PictureAnswer<Name>> {
    const id = ++turn;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      open().postMessage({ id, name, argument } as PictureRequest);
    });
  }

  return {
    /** null when the result has no such picture. */
    load(source: PictureSource): Promise<PictureSummary | null> {
      const known = loading.get(source);
      if (known) return known;
      const promise = urlOf(source).then((url) => (url === null ? null : call('load', { source, url })));
      loading.set(source, promise);
      // A failed one is forgotten, so that the next who asks tries again.
      promise.catch(() => loading.delete(source));
      return promise;
    },
    tile: (wanted: PictureArgument<'tile'>) => call('tile', wanted),
    close() {
      worker?.terminate();
      worker = null;
      waiting.clear();
      loading.clear();
    },
  };
}

export type PictureClient = ReturnType<typeof createPictureClient>;
