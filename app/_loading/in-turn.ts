export type InTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

/** Runs one piece of work after the other, whether the one before it failed or not. With nothing before it, work is done at once. */
export function createTurns(): InTurn {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T> | T) => {
    const begun = waiting === 0 ? work() : last.then(work);
    if (!(begun instanceof Promise)) return Promise.resolve(begun);
    waiting++;
    const ended = begun.finally(() => waiting--);
    last = ended.catch(() => undefined);
    return ended;
  };
}

/** The newest of several runs, of which an older one may end later. */
export function createNewest() {
  let newest: Promise<void> = Promise.resolve();
  return {
    run(begun: Promise<void>): Promise<void> {
      newest = begun;
      return begun;
    },
    /** Until the newest has ended, also where it begins meanwhile. */
    async settled(): Promise<void> {
      for (let seen: unknown = null; seen !== newest; ) {
        seen = newest;
        await newest;
      }
    },
  };
}
