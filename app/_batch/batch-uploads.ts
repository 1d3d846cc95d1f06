import { createStore } from 'zustand/vanilla';
import { t } from '@/app/_text/t';
import { createAnalysis, getAnalysis, patiently, sendImage } from '@/lib/client/analyses';
import { addToBatch } from '@/lib/client/batches';
import { browserMemory, type KeptFile, keepFiles, readFiles } from '@/lib/client/recent';
import { sentenceOf } from '@/lib/client/sentence-of';
import { AppError } from '@/lib/errors';

const FILES_AT_ONCE = 3;

/**
 * A file of a batch on its way to the server. `lost`: the page was closed before it was sent, so its bytes are not at hand.
 * `refused`: `problem` says why.
 */
export type BatchFile = KeptFile & {
  state: 'waiting' | 'sending' | 'checking' | 'sent' | 'refused' | 'lost';
  /** 0 to 1: the share of bytes that are sent. */
  fraction: number;
};

const IS_OVER = { sent: true, refused: true, lost: true, waiting: false, sending: false, checking: false } as const;
export const isOver = ({ state }: BatchFile) => IS_OVER[state];

/** Sends the files of one batch. It goes on while the user moves from page to page, until the tab is closed. */
class BatchUploads {
  readonly store = createStore<readonly BatchFile[]>(() => []);
  readonly #batch: string;
  readonly #contents = new Map<number, File>();
  readonly #abort = new AbortController();
  /** Resolves when the files before have been added to the batch: the batch keeps their order. */
  #turn: Promise<void> = Promise.resolve();
  #lanes = 0;

  constructor(batch: string) {
    this.#batch = batch;
    this.store.setState(
      readFiles(browserMemory(), batch).map((file) => ({
        ...file,
        // Of those that have an analysis the server knows more.
        state: file.problem !== null ? 'refused' : file.analysis === null ? 'lost' : 'sent',
        fraction: 0,
      })),
      true,
    );
  }

  /**
   * Adds files at the end, or goes on with one of the same name and size that was not sent.
   *
   * @param unfinished - analyses whose image has not arrived
   */
  add(files: readonly File[], unfinished: ReadonlySet<string> = new Set()): void {
    const list = [...this.store.getState()];
    for (const file of files) {
      const name = nameOf(file);
      const isUnsent = ({ state, analysis }: BatchFile) =>
        state === 'lost' || state === 'refused' || (state === 'sent' && analysis !== null && unfinished.has(analysis));
      const again = list.findIndex((known) => known.name === name && known.bytes === file.size && isUnsent(known));
      const at = again < 0 ? list.length : again;
      // An image that the server has refused needs another analysis; one that did not arrive goes on with its own.
      const before = list[at];
      const isOpen = before && (before.state !== 'refused' || unfinished.has(before.analysis ?? ''));
      const analysis = isOpen ? before.analysis : null;
      list[at] = { name, bytes: file.size, analysis, problem: null, state: 'waiting', fraction: 0 };
      this.#contents.set(at, file);
    }
    this.#replace(list);
    while (this.#lanes < FILES_AT_ONCE && this.#lanes < this.#contents.size) {
      this.#lanes++;
      void this.#sendOneByOne().finally(() => this.#lanes--);
    }
  }

  /** Stops sending: the batch is to be deleted, or is gone. Where the deletion fails, the next `uploadsOf` begins anew. */
  stop(): void {
    this.#abort.abort();
    this.#contents.clear();
    known.delete(this.#batch);
  }

  async #sendOneByOne(): Promise<void> {
    for (;;) {
      const at = this.store.getState().findIndex(({ state }) => state === 'waiting');
      const file = this.#contents.get(at);
      if (!file) return;
      this.#change(at, { state: 'sending' });
      try {
        await this.#send(at, file);
        this.#change(at, { state: 'sent' });
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#change(at, { state: 'refused', problem: sentenceOf(error) });
      }
      this.#contents.delete(at);
    }
  }

  async #send(at: number, file: File): Promise<void> {
    const { signal } = this.#abort;
    if (file.size === 0) throw new AppError('unreadable_image', t('The file is empty: it holds 0 bytes.'));
    const known = this.store.getState()[at]?.analysis ?? null;
    const before = this.#turn;
    let resolve = () => {};
    this.#turn = new Promise((done) => {
      resolve = done;
    });
    try {
      const analysis = await patiently(
        (s) => (known === null ? createAnalysis(file, { signal: s }) : getAnalysis(known, { signal: s })),
        signal,
      );
      this.#change(at, { analysis: analysis.id });
      await before;
      await patiently((s) => addToBatch(this.#batch, { analyses: [analysis.id] }, { signal: s }), signal);
      resolve();
      if (analysis.state !== 'uploading') return;
      await sendImage(analysis, file, {
        signal,
        onProgress: (fraction) => this.#change(at, { fraction }),
        onVerifying: () => this.#change(at, { state: 'checking', fraction: 1 }),
      });
    } finally {
      resolve();
    }
  }

  #change(at: number, changes: Partial<BatchFile>): void {
    this.#replace(this.store.getState().map((file, i) => (i === at ? { ...file, ...changes } : file)));
  }

  #replace(list: readonly BatchFile[]): void {
    const before = this.store.getState();
    this.store.setState(list, true);
    const isKept = (file: BatchFile, i: number) =>
      before[i]?.analysis === file.analysis && before[i]?.problem === file.problem;
    if (list.length === before.length && list.every(isKept)) return;
    const kept = list.map(({ name, bytes, analysis, problem }) => ({ name, bytes, analysis, problem }));
    keepFiles(browserMemory(), this.#batch, kept);
  }
}

/** With the folders that it was chosen with. */
const nameOf = (file: File) => file.webkitRelativePath || file.name;

const known = new Map<string, BatchUploads>();

/** The uploads of a batch in this tab. */
export function uploadsOf(batch: string): BatchUploads {
  const uploads = known.get(batch) ?? new BatchUploads(batch);
  known.set(batch, uploads);
  return uploads;
}
