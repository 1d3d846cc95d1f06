/**
 * Whether the server can be reached. `offline`: the browser says so. `unreachable`: a request got no answer, and neither
 * did `/api/health`. The page keeps asking until the state is `online` again.
 */
export type ConnectionState = 'online' | 'offline' | 'unreachable';

const HEALTH = '/api/health';
const PROBE_PAUSE_MS = 2000;
/** The page tells the user of a lost connection within two seconds. */
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

/** To be called when the server has answered anything. */
export function confirmConnection(): void {
  if (isBrowserOnline()) enter('online');
}

/** To be called when a request got no answer. Checks the server's health until it answers. */
export function doubtConnection(): void {
  if (!isBrowserOnline()) enter('offline');
  else if (typeof window !== 'undefined') void probe();
}

/** Outside a browser the network counts as available. */
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
  // The network is back. The server may still be away.
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
