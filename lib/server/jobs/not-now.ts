import 'server-only';

const BRAND = Symbol.for('restain.NotNow');

/**
 * Thrown by a handler that cannot do its job at the moment, though the job is to be done: a shared queue keeps it, and
 * gives it out again. No failure.
 */
export class NotNow extends Error {
  readonly [BRAND] = true;
  readonly afterMs: number;

  /** Bundles have classes of their own, as with `AppError`. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** @param afterMs - 0: at once, before all that waits */
  constructor(afterMs: number) {
    super(`not now; again in ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}
