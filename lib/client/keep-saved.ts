import { AppError } from '@/lib/errors';
import { delay, isPassing, pauseAfter } from './http';
import { sentenceOf } from './sentence-of';

/** How what is on the page stands to what is on the server. */
export type Saving<Newest> =
  | { step: 'loading' }
  /** It could not be read: nothing can be changed. */
  | { step: 'unread'; problem: string }
  | { step: 'saved' }
  /** Being sent, or about to be. */
  | { step: 'saving' }
  /** Kept in the page, and sent again. */
  | { step: 'waiting'; problem: string }
  /** Somebody else has changed it meanwhile: a person decides. */
  | { step: 'conflict'; newest: Newest }
  /** The server does not take it; the next change is tried again. */
  | { step: 'refused'; problem: string };

export type Choice = 'together' | 'theirs' | 'mine';

type Keeper<Content, Newest extends { revision: number }> = {
  read: (signal: AbortSignal) => Promise<Newest>;
  /** @param base - the revision that is replaced. @throws AppError `revision_conflict` where there is a newer one */
  save: (base: number, content: Content) => Promise<{ revision: number }>;
  contentOf: (newest: Newest) => Content;
  isSame: (a: Content, b: Content) => boolean;
  /** What is on the page now: another object after each change. */
  current: () => Content;
  /** Puts something else on the page. `step`: going back brings what was there back. */
  show: (content: Content, how: 'load' | 'take' | 'step') => void;
  /** Of what both have changed. Without it nothing is kept together. */
  together?: (all: { base: Content; mine: Content; theirs: Content }) => Content;
  onChange: (saving: Saving<Newest>) => void;
  pauseMs?: number | undefined;
};

/** A change is sent after this pause, so that what is dragged is sent when it rests. */
const PAUSE_MS = 500;

/**
 * Sends every change of something that has revisions, one request after the other, and tells how it stands. What the network
 * does not carry is sent again. Nothing of anybody is overwritten: where somebody else has saved meanwhile, `choose` decides.
 */
export function keepSaved<Content, Newest extends { revision: number }>(keeper: Keeper<Content, Newest>) {
  const { read, save, contentOf, isSame, current, show, together, onChange, pauseMs = PAUSE_MS } = keeper;
  let ending = new AbortController();
  let saving: Saving<Newest> = { step: 'loading' };
  /** What the server has, as far as this page knows. */
  let base: { revision: number; content: Content } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | null = null;

  const isEnded = () => ending.signal.aborted;
  const isChanged = () => base !== null && current() !== base.content;
  const tell = (next: Saving<Newest>) => {
    saving = next;
    if (!isEnded()) onChange(next);
  };

  function take(newest: Newest, how: 'load' | 'take'): void {
    base = { revision: newest.revision, content: contentOf(newest) };
    show(base.content, how);
    // What `show` put on the page may be the same in another object.
    base = { revision: newest.revision, content: current() };
    tell({ step: 'saved' });
  }

  /** Reads what is there, and tries again while the network is away; after `end`, too. */
  function begin(): void {
    ending.abort();
    ending = new AbortController();
    sending = null;
    void load(ending.signal);
  }

  async function load(signal: AbortSignal): Promise<void> {
    tell({ step: 'loading' });
    for (let failures = 1; ; failures++) {
      try {
        const newest = await read(signal);
        return signal.aborted ? undefined : take(newest, 'load');
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error) || failures > 1) tell({ step: 'unread', problem: sentenceOf(error) });
        if (!isPassing(error)) return;
        await delay(pauseAfter(error, failures), signal).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  }

  /** Reads it once where it was not read yet; else takes what somebody else has saved, unless something here is not saved. */
  async function refresh(): Promise<void> {
    if (base !== null && saving.step !== 'saved') return;
    const [before, { signal }] = [base, ending];
    try {
      const newest = await read(signal);
      // A change that was made or saved meanwhile is newer than the answer.
      if (signal.aborted || base !== before || isChanged()) return;
      if (before === null) take(newest, 'load');
      else if (newest.revision > before.revision) take(newest, 'take');
    } catch (error) {
      if (!signal.aborted && base === null) tell({ step: 'unread', problem: sentenceOf(error) });
    }
  }

  function changed(): void {
    if (!isChanged() || saving.step === 'conflict') return;
    tell({ step: 'saving' });
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), pauseMs);
  }

  /** Sends at once what waits for its pause. @returns once it is there, or a person is needed */
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (sending) return sending;
    const sent = send(ending.signal).finally(() => {
      if (sending === sent) sending = null;
    });
    sending = sent;
    return sent;
  }

  async function send(signal: AbortSignal): Promise<void> {
    for (let failures = 1; base !== null && isChanged() && saving.step !== 'conflict'; failures++) {
      const [sent, { revision }] = [current(), base];
      try {
        base = { revision: (await save(revision, sent)).revision, content: sent };
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof AppError && error.code === 'revision_conflict') {
          if (!(await isSettled(sent, signal))) return;
          failures = 0;
        } else if (isPassing(error)) {
          tell({ step: 'waiting', problem: sentenceOf(error) });
          await delay(pauseAfter(error, failures), signal).catch(() => undefined);
        } else return tell({ step: 'refused', problem: sentenceOf(error) });
      }
      if (signal.aborted) return;
    }
    if (!isChanged() && (saving.step === 'saving' || saving.step === 'waiting')) tell({ step: 'saved' });
  }

  /** After a conflict. @returns whether the newest is what this page has sent: the answer to that request was lost */
  async function isSettled(sent: Content, signal: AbortSignal): Promise<boolean> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        const newest = await read(signal);
        if (signal.aborted) return false;
        if (isSame(contentOf(newest), sent)) {
          base = { revision: newest.revision, content: sent };
          return true;
        }
        tell({ step: 'conflict', newest });
        return false;
      } catch (error) {
        if (signal.aborted) return false;
        if (!isPassing(error)) {
          tell({ step: 'refused', problem: sentenceOf(error) });
          return false;
        }
        tell({ step: 'waiting', problem: sentenceOf(error) });
        await delay(pauseAfter(error, failures), signal).catch(() => undefined);
      }
    }
    return false;
  }

  /** Ends a conflict. @returns once what follows from it is sent */
  async function choose(choice: Choice): Promise<void> {
    if (saving.step !== 'conflict' || base === null) return;
    const { newest } = saving;
    const [before, mine, theirs] = [base.content, current(), contentOf(newest)];
    base = { revision: newest.revision, content: theirs };
    tell({ step: 'saving' });
    if (choice === 'together' && together) show(together({ base: before, mine, theirs }), 'step');
    else if (choice === 'theirs') show(theirs, 'step');
    if (isSame(current(), theirs)) base = { revision: newest.revision, content: current() };
    await flush();
  }

  return {
    begin,
    refresh,
    changed,
    flush,
    choose,
    /** Whether something on the page is not on the server. */
    isUnsaved: isChanged,
    /** Stops. What waits for its pause is still sent. */
    end() {
      const last = timer !== undefined && !sending && isChanged() ? { on: base, content: current() } : null;
      clearTimeout(timer);
      timer = undefined;
      ending.abort();
      if (last?.on) save(last.on.revision, last.content).catch(() => undefined);
    },
  };
}
