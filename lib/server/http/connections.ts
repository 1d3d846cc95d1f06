import 'server-only';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { processWide } from '@/lib/server/process-wide';

/**
 * What a route handler cannot see: the connection behind its request.
 *
 * Next gives handlers a web `Request` without the peer's address, and writes `X-Forwarded-For` itself where the client
 * sends none. Cancelling the request's body ends the connection before the client has read why. So Node's own channel
 * notes each request as it comes in, under a key that the client cannot know.
 */
const KEY_HEADER = 'x-restain-connection';
/** How long the rest of a body may come in after its answer: the sender gets to see that, and no more. */
const DRAIN_MS = 30_000;

export type Connection = {
  readonly incoming: IncomingMessage;
  readonly peer: string | undefined;
  /** As it came: Next adds to it later. */
  readonly forwardedFor: string | undefined;
};

const connections = processWide('connections', () => new Map<string, Connection>());

/** Called once, before the first request. */
export function watchConnections(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    request.url = decodableUrl(request.url ?? '/');
    const key = randomUUID();
    const forwarded = request.headers['x-forwarded-for'];
    request.headers[KEY_HEADER] = key;
    connections.set(key, {
      incoming: request,
      peer: request.socket.remoteAddress,
      forwardedFor: Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    });
    response.once('close', () => connections.delete(key));
    response.once('finish', () => endAfterDraining(request));
  });
}

function endAfterDraining(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), DRAIN_MS).unref();
  request.once('close', () => clearTimeout(timer));
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

/** What is known of the connection behind a request; undefined where there is none (a request made by a test). */
export function connectionOf(request: Request): Connection | undefined {
  return connections.get(request.headers.get(KEY_HEADER) ?? '');
}

/** Lets go of a body that will not be read (further), holding none of it: its sender gets to see the answer. */
export async function discardBody(request: Request): Promise<void> {
  const incoming = connectionOf(request)?.incoming;
  if (incoming === undefined) {
    // Of a connection that is gone the body has failed, and says so once more.
    if (request.body !== null && !request.body.locked) await request.body.cancel().catch(() => {});
    return;
  }
  if (incoming.complete) return;
  // The body is read by waiting for `readable`; while anybody does, nothing flows.
  incoming.removeAllListeners('readable');
  incoming.resume();
}
