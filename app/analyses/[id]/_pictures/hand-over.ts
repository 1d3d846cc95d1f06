/**
 * Hands over one thing, once: to whoever asked first, before or after it was there. Whoever asks when it is gone, or was
 * given up, gets null.
 */
export function createHandOver<T>() {
  let given: (thing: T | null) => void = () => undefined;
  let next: Promise<T | null> = new Promise((resolve) => {
    given = resolve;
  });
  return {
    /** null: it does not come. What is given later is dropped. */
    give: (thing: T | null) => given(thing),
    take(): Promise<T | null> {
      const taken = next;
      next = Promise.resolve(null);
      return taken;
    },
  };
}
