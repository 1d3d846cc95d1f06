/**
 * Whether the server can be reached: `offline` by the browser's own word, `unreachable` when a request got no answer and
 * the server's health is not answered either. Known to this page only, and followed until it is `online` again.
 */
export type ConnectionState = 'online' | 'offline' | 'unreachable';

const HEALTH = '/api/health';
const PROBE_PAUSE_MS = 2000;
/** Whoever is left without an answer learns so within two seconds. */
const PROBE_TIMEOUT_MS = 1500;

let state: ConnectionState = 'online';
let isProbing = false;
const listeners = new Set<() => void>();

export const getConnection = (): ConnectionState => state;

export function subscribeConnection(listener: () => void): () => void {
  if (listeners.size === 0) listenToBrowser();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The server has answered something. */
export function confirmConnection(): void {
  if (isBrowserOnline()) enter('online');
}

/** A request got no answer: looks whether that was this one alone, and if not, until it is over. */
export function doubtConnection(): void {
  if (!isBrowserOnline()) enter('offline');
  else if (typeof window !== 'undefined') void probe();
}

/** Where nobody says that there is no network, there is one. */
export const isBrowserOnline = (): boolean => globalThis.navigator?.onLine !== false;

function enter(next: ConnectionState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

let isListening = false;
function listenToBrowser(): void {
  if (isListening) return;
  isListening = true;
  window.addEventListener('offline', () => enter('offline'));
  // The network is back; whether the server is, it has to say itself.
  window.addEventListener('online', () => void probe());
  if (!isBrowserOnline()) enter('offline');
}

async function probe(): Promise<void> {
  if (isProbing) return;
  isProbing = true;
  while (isBrowserOnline()) {
    const isAnswered = await fetch(HEALTH, { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
      ({ status }) => status < 500,
      () => false,
    );
    if (!isBrowserOnline()) break;
    enter(isAnswered ? 'online' : 'unreachable');
    if (isAnswered) break;
    await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS));
  }
  isProbing = false;
  if (!isBrowserOnline()) enter('offline');
}
