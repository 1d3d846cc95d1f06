import 'server-only';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { processWide } from '@/lib/server/process-wide';
import { whenClosed } from './when-closed';

/**
 * Keeps the connection behind each request, which a route handler cannot see.
 *
 * Next gives handlers a web `Request` without the peer's address, and adds `X-Forwarded-For` where the client sends none.
 * A handler that cancels the body ends the connection before the client has read the answer. So each request is noted when
 * it comes in, on a diagnostics channel of Node, under a key that the client cannot know.
 */
const KEY_HEADER = 'x-restain-connection';
/** How long the rest of a body may come in after the answer, so that its sender can read that. */
const DRAIN_MS = 30_000;

export type Connection = {
  readonly incoming: IncomingMessage;
  readonly peer: string | undefined;
  /** As the client sent it; Next adds to it later. */
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
    whenClosed(response, () => connections.delete(key));
    response.once('finish', () => endAfterDraining(request));
  });
}

function endAfterDraining(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), DRAIN_MS).unref();
  request.once('close', () => clearTimeout(timer));
}

/** Next answers a path that cannot be decoded with an empty 500. With its percent signs escaped it is not found. */
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

/** The connection behind a request; undefined for a request that a test made. */
export function connectionOf(request: Request): Connection | undefined {
  return connections.get(request.headers.get(KEY_HEADER) ?? '');
}

/** Discards a body that is not read further, so that its sender can read the answer. */
export async function discardBody(request: Request): Promise<void> {
  const incoming = connectionOf(request)?.incoming;
  if (incoming === undefined) {
    // The body of a lost connection has failed, and reports it once more.
    if (request.body !== null && !request.body.locked) await request.body.cancel().catch(() => {});
    return;
  }
  if (incoming.complete) return;
  // A stream with a listener for `readable` does not flow.
  incoming.removeAllListeners('readable');
  incoming.resume();
}
