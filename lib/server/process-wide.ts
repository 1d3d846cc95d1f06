import 'server-only';

const keyOf = (name: string) => Symbol.for(`restain.${name}`);
const values = globalThis as Record<symbol, unknown>;

/**
 * A value that the whole process shares, made at the first call.
 *
 * It lies on `globalThis`: Next bundles instrumentation and each route with modules of their own, and development
 * reloads them, so a variable of a module would exist several times.
 *
 * @param name - of the value; unique in the server, and the same for every version of the module
 */
export function processWide<T>(name: string, create: () => T): T {
  const key = keyOf(name);
  if (!(key in values)) values[key] = create();
  return values[key] as T;
}

/** Drops the value of this name. The next `processWide` makes a new one. */
export function forgetProcessWide(name: string): void {
  delete values[keyOf(name)];
}
