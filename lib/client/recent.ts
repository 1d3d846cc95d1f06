/** What this browser remembers of analyses and batches: names of files, which never leave it. */

/** A file of a batch. `problem`: why it was not sent. */
export type KeptFile = { name: string; bytes: number; analysis: string | null; problem: string | null };

/** An analysis, a batch or a slide that was made, or named, in this browser. */
export type Recent = {
  kind: 'analysis' | 'batch' | 'slide';
  id: string;
  /** The name of its file, or what a user called it. */
  label: string;
  isTyped?: boolean | undefined;
  /** ISO 8601. */
  at: string;
};

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

/** What this browser calls something; null where it does not know it. */
export const readLabel = (memory: Memory | null, id: string): Pick<Recent, 'label' | 'isTyped'> | null =>
  readRecent(memory).find((recent) => recent.id === id) ?? null;

/** What a user typed as the name of something; null where nothing was typed. */
export function readTypedLabel(memory: Memory | null, id: string): string | null {
  const known = readLabel(memory, id);
  return (known?.isTyped && known.label.trim()) || null;
}

/** Keeps what a user calls something. It stays at its place in the list; what was opened by a link comes into it. */
export function keepLabel(memory: Memory | null, named: Omit<Recent, 'at' | 'isTyped'>): void {
  const typed = { ...named, isTyped: true };
  const list = readRecent(memory);
  if (!list.some(({ id }) => id === named.id)) rememberRecent(memory, typed);
  else
    write(
      memory,
      RECENT_KEY,
      list.map((recent) => (recent.id === named.id ? { ...recent, ...typed } : recent)),
    );
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
  (kind === 'analysis' || kind === 'batch' || kind === 'slide') &&
  ID.test(String(id)) &&
  typeof label === 'string' &&
  !Number.isNaN(Date.parse(String(at)));

const isKeptFile = ({ name, bytes, analysis, problem }: Partial<KeptFile>) =>
  typeof name === 'string' &&
  typeof bytes === 'number' &&
  (analysis === null || ID.test(String(analysis))) &&
  (problem === null || typeof problem === 'string');
