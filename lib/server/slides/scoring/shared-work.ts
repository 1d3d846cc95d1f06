import 'server-only';
import { SlideDescription } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';
import { startEngine } from '@/lib/server/inference/engine';
import { isShared } from '@/lib/server/jobs';
import { forgetProcessWide, processWide } from '@/lib/server/process-wide';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { exists, readJson } from '@/lib/server/runs/stored-json';
import { keysOf } from '@/lib/server/slides/record';
import type { CellWork } from './score-cell';
import { pinnedModel } from './scoring-pin';
import { readScoring, type StoredScoring } from './scoring-record';
import { SharedPool } from './shared-pool';
import { membraneGains, type SlideFacts, slideFacts } from './slide-facts';
import { SlideMaps } from './slide-maps';
import { SlidePixels } from './slide-pixels';
import { nucleiKeyOf, planSlide } from './slide-plan';

/** `slide`: its folder's id. */
export type ScoringIds = { slide: string; scoring: string };

/** What the cells of one scoring share in a process: decoded tiles, maps, and what was measured on the slide. */
export type SharedWork = CellWork & { stored: StoredScoring; facts: SlideFacts };

/** Scorings whose tiles and maps are kept in memory, besides those that more cells are in work of. */
const KEPT = 2;
/** So long they are kept for the next cell. */
const KEPT_MS = 30_000;
/** So often what is stored of a scoring is looked at: cells of it that other machines work on hear so that it was cancelled. */
const LOOK_MS = 1_000;

class Opened {
  readonly work: Promise<SharedWork>;
  readonly #abort = new AbortController();
  #users = 0;
  #isClosed = false;
  #keeping: NodeJS.Timeout | undefined;
  #watching: NodeJS.Timeout | undefined;
  readonly #ids: ScoringIds;

  constructor(ids: ScoringIds) {
    this.#ids = ids;
    this.work = open(ids, this.#abort.signal);
    // The next one tries again.
    this.work.catch(() => this.close());
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  enter(): void {
    this.#users++;
    clearTimeout(this.#keeping);
    if (this.#users === 1 && isShared()) this.#watching = setTimeout(() => void this.#look(), LOOK_MS).unref();
  }

  /** @param why - set where the user was stopped: with the last one all work of the scoring stops */
  leave(why?: unknown): void {
    this.#users--;
    if (this.#users > 0) return;
    clearTimeout(this.#watching);
    if (why !== undefined) this.close(why);
    else if (!this.#isClosed) this.#keeping = setTimeout(() => this.close(), KEPT_MS).unref();
  }

  close(why?: unknown): void {
    this.#isClosed = true;
    clearTimeout(this.#keeping);
    if (why !== undefined) this.#abort.abort(why);
    const all = opened();
    if (all.get(this.#ids.scoring) === this) all.delete(this.#ids.scoring);
    if (all.size === 0) forgetProcessWide(MEMORY);
  }

  async #look(): Promise<void> {
    // A storage that is away stops nothing; the next look tries again.
    if (await isCancelled(this.#ids).catch(() => false)) this.close(cancelled());
    else if (this.#users > 0 && !this.#isClosed) {
      clearTimeout(this.#watching);
      this.#watching = setTimeout(() => void this.#look(), LOOK_MS).unref();
    }
  }
}

/** Gives back at once what is kept for the next cell of a scoring: there is none. */
export function endSharedWork(scoring: string): void {
  const over = opened().get(scoring);
  if (over && !over.isUsed) over.close();
}

/** Names the memory that tiles and maps of all scorings lie in, until none of them is kept. */
const MEMORY = 'memory-of-scorings';

const opened = () => processWide('scorings-in-work', () => new Map<string, Opened>());
const cancelled = () => new AppError('cancelled', 'The scoring was cancelled.');

/** Whether a scoring is to stop: it was cancelled, or deleted with its slide. */
export async function isCancelled({ slide, scoring }: ScoringIds): Promise<boolean> {
  const keys = keysOf(slide);
  const { record, run } = keys.scoring(scoring);
  const [isToStop, isThere] = await Promise.all([exists(run.cancel), exists(record)]);
  return isToStop || !isThere;
}

/**
 * Does a part of the work of a scoring with what other parts share in this process.
 *
 * @param use - gets a signal of its own: aborted with `signal`, and when the scoring is cancelled or deleted, wherever
 */
export async function withSharedWork(
  ids: ScoringIds,
  signal: AbortSignal,
  use: (work: SharedWork) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const all = opened();
  let shared = all.get(ids.scoring);
  if (!shared) {
    const idle = [...all.values()].filter(({ isUsed }) => !isUsed);
    for (const one of idle.slice(0, Math.max(0, all.size + 1 - KEPT))) one.close();
    shared = new Opened(ids);
    all.set(ids.scoring, shared);
  }
  const { work } = shared;
  let isInside = true;
  const leave = (why?: unknown) => {
    if (isInside) shared.leave(why);
    isInside = false;
  };
  const stop = () => leave(signal.reason);
  shared.enter();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const common = await work;
    const own = AbortSignal.any([signal, common.signal]);
    own.throwIfAborted();
    await use({ ...common, signal: own });
    own.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    leave();
  }
}

async function open({ slide, scoring }: ScoringIds, signal: AbortSignal): Promise<SharedWork> {
  const keys = keysOf(slide);
  const [stored, description, isOver] = await retryWhileStorageIsAway(
    () =>
      Promise.all([
        readScoring(slide, scoring),
        readJson(keys.slide, SlideDescription),
        isCancelled({ slide, scoring }),
      ]),
    signal,
  );
  if (!stored || !description || isOver) throw cancelled();
  const engine = await startEngine();
  const plan = planSlide(description, stored.micronsPerPixel, await pinnedModel(stored.pin));
  if (plan.mapKey !== stored.mapKey)
    throw new AppError(
      'wrong_state',
      `The model ${stored.model} has changed since this scoring was started. Start it anew.`,
    );
  const memory = processWide(MEMORY, () => new SharedPool());
  const pixels = await SlidePixels.open(keys.pyramid, description.bytes, signal, memory);
  const facts = await slideFacts(keys.facts(plan.mapKey), plan, pixels, signal);
  const maps = new SlideMaps({
    ...{ plan, pixels, facts, signal, folder: keys.maps(plan.mapKey) },
    ...{ scoring, memory, threads: engine.pool.places },
  });
  const { probThresh, areMembranesWanted } = stored;
  const gains = areMembranesWanted ? await membraneGains(keys.membraneWhite(plan.mapKey), pixels, signal) : null;
  const folder = keys.nuclei(nucleiKeyOf(plan, probThresh));
  return { stored, facts, plan, probThresh, gains, pixels, maps, folder, scoring, signal };
}
