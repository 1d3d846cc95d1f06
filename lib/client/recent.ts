/** What this browser remembers of analyses and batches: names of files, which never leave it. */

/** A file of a batch. `problem`: why it was not sent. */
export type KeptFile = { name: string; bytes: number; analysis: string | null; problem: string | null };

/** An analysis or a batch that was made in this browser. */
export type Recent = { kind: 'analysis' | 'batch'; id: string; label: string /** ISO 8601. */; at: string };

/** The browser's local storage; tests pass their own. */
export type Memory = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const RECENT_KEY = 'restain-recent';
const FILES_PREFIX = 'restain-batch:';
const MAX_RECENT = 50;

/** The browser's local storage; null where there is none (a private window, a policy). */
export function browserMemory(): Memory | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The newest first. */
export const readRecent = (memory: Memory | null): Recent[] => readList<Recent>(memory, RECENT_KEY, isRecent);

/** Puts something at the top of the list, and keeps the newest fifty. */
export function rememberRecent(memory: Memory | null, recent: Omit<Recent, 'at'>, now = new Date()): void {
  const others = readRecent(memory).filter(({ id }) => id !== recent.id);
  const list = [{ ...recent, at: now.toISOString() }, ...others];
  write(memory, RECENT_KEY, list.slice(0, MAX_RECENT));
  for (const dropped of list.slice(MAX_RECENT)) forgetFiles(memory, dropped.id);
}

export function forgetRecent(memory: Memory | null, id: string): void {
  write(
    memory,
    RECENT_KEY,
    readRecent(memory).filter((recent) => recent.id !== id),
  );
  forgetFiles(memory, id);
}

/** Empties the list. The analyses stay on the server until their time is over. */
export function clearRecent(memory: Memory | null): void {
  for (const { id } of readRecent(memory)) forgetFiles(memory, id);
  memory?.removeItem(RECENT_KEY);
}

/** The files of a batch, in their order. */
export const readFiles = (memory: Memory | null, batch: string): KeptFile[] =>
  readList<KeptFile>(memory, FILES_PREFIX + batch, isKeptFile);

export const keepFiles = (memory: Memory | null, batch: string, files: readonly KeptFile[]): void =>
  write(memory, FILES_PREFIX + batch, files);

const forgetFiles = (memory: Memory | null, batch: string) => memory?.removeItem(FILES_PREFIX + batch);

/** What another version of the page, or somebody else, wrote here is left out. */
function readList<T>(memory: Memory | null, key: string, isValid: (item: Partial<T>) => boolean): T[] {
  try {
    const list: unknown = JSON.parse(memory?.getItem(key) ?? '[]');
    return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null && isValid(item)) : [];
  } catch {
    return [];
  }
}

/** The storage can be full; then the page works without it. */
function write(memory: Memory | null, key: string, value: unknown): void {
  try {
    memory?.setItem(key, JSON.stringify(value));
  } catch {
    memory?.removeItem(key);
  }
}

const ID = /^[A-Za-z0-9_-]{22}$/;

const isRecent = ({ kind, id, label, at }: Partial<Recent>) =>
  (kind === 'analysis' || kind === 'batch') &&
  ID.test(String(id)) &&
  typeof label === 'string' &&
  !Number.isNaN(Date.parse(String(at)));

const isKeptFile = ({ name, bytes, analysis, problem }: Partial<KeptFile>) =>
  typeof name === 'string' &&
  typeof bytes === 'number' &&
  (analysis === null || ID.test(String(analysis))) &&
  (problem === null || typeof problem === 'string');
