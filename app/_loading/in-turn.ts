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
