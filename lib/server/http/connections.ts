import 'server-only';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What a route handler cannot see: the connection behind its request.
 *
 * Next gives handlers a web `Request` without the peer's address, and takes `X-Forwarded-For` from the client when it
 * sends one. Cancelling the request's body ends the connection before the client has read why. So Node's own channel
 * notes each request as it comes in, under a key that the client cannot know.
 */
const KEY_HEADER = 'x-restain-connection';
const DRAIN_MS = 30_000;

const SLOT = Symbol.for('restain.connections');
// On globalThis: instrumentation and routes are bundles of their own, with modules of their own.
const slot = globalThis as { [SLOT]?: Map<string, IncomingMessage> };
slot[SLOT] ??= new Map();
const connections = slot[SLOT];

/** Called once, before the first request. */
export function watchConnections(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    request.url = decodableUrl(request.url ?? '/');
    const key = randomUUID();
    request.headers[KEY_HEADER] = key;
    connections.set(key, request);
    response.once('close', () => connections.delete(key));
  });
}

/** Next answers a path that cannot be decoded with a bare 500: taken by the letter, it is merely not found. */
export function decodableUrl(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    const literal = path.replaceAll('%', '%25');
    return query === undefined ? literal : `${literal}?${query}`;
  }
}

function connectionOf(request: Request): IncomingMessage | undefined {
  return connections.get(request.headers.get(KEY_HEADER) ?? '');
}

/** The peer's address, or undefined where there is no connection (a request made by a test). */
export function peerAddress(request: Request): string | undefined {
  return connectionOf(request)?.socket.remoteAddress;
}

/** Lets go of a body that will not be read (further), holding none of it: its sender gets to see the answer. */
export async function discardBody(request: Request): Promise<void> {
  const incoming = connectionOf(request);
  if (incoming === undefined) {
    if (request.body !== null && !request.body.locked) await request.body.cancel();
    return;
  }
  if (incoming.complete) return;
  // The body is read by waiting for `readable`; while anybody does, nothing flows.
  incoming.removeAllListeners('readable');
  incoming.resume();
  const timer = setTimeout(() => incoming.socket.destroy(), DRAIN_MS).unref();
  incoming.once('close', () => clearTimeout(timer));
}
