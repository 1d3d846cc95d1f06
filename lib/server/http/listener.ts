import 'server-only';
import { subscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { processWide } from '@/lib/server/process-wide';
import { claimedAddress } from './address';
import { AddressShares } from './address-shares';
import { Admission } from './admission';
import { answerSocket, refuseConnection } from './bare-answers';
import { readCompressedFiles, sendCompressed } from './compressed-files';
import { announceTls, judgeRequest } from './gate';
import { isLoopbackAddress } from './hosts';
import { sendProblem, sendResponse } from './node-answers';
import {
  connectionShare,
  countArrivals,
  isExcess,
  noteRequest,
  openRequests,
  startSweeping,
  watchSocket,
} from './watch-sockets';
import { whenClosed } from './when-closed';

/** New connections that wait to be accepted. Node's default is 511; the client of the next one tries again after seconds. */
const BACKLOG = 4096;
/** Requests that a client may send on one connection before it gets their answers. */
const PIPELINED = 16;

/** While the server ends, connections without a request are closed so often. */
const IDLE_MS = 100;

const HEALTH = '/api/health';

export type ListenerOptions = {
  /** Answered at once by their paths, under any host name: whoever probes knows an address alone. */
  probes: Readonly<Record<string, (request: Request) => Promise<Response>>>;
  /** Answers a health probe at once, before other requests. */
  health: (request: Request) => Promise<Response>;
  /** In development Next reloads pages by an upgraded connection, and by addresses of its own. */
  isDevelopment: boolean;
  /** The folder of the build, whose compressed scripts are sent without Next. */
  build?: string;
};

/** The servers that are guarded (one, in practice), those that are not, and the answers that are not finished. */
const listeners = () =>
  processWide('guarded-listeners', () => ({
    guarded: new Set<Server>(),
    unguarded: new WeakSet<Server>(),
    unfinished: new Set<ServerResponse>(),
  }));

/** Keeps a server of our own from being guarded. Called before its first connection. */
export function leaveUnguarded(server: Server): void {
  listeners().unguarded.add(server);
}

/** Takes no more connections. Resolves when every request has its whole answer. */
export async function drainListeners(): Promise<void> {
  const { guarded, unfinished } = listeners();
  // Tells the client that its next request is for another server.
  for (const response of unfinished) response.shouldKeepAlive = false;
  const idle = [...guarded].map(async (server) => {
    const closed = new Promise((resolve) => server.close(resolve));
    // A connection whose answer is finished stays open for a next request otherwise.
    const timer = setInterval(() => server.closeIdleConnections(), IDLE_MS);
    await closed;
    clearInterval(timer);
  });
  await Promise.all(idle);
}

/**
 * Guards the HTTP server below Next. Neither `next start` nor a standalone build lets the application create it, but each of
 * its connections refers to it, before the first byte is read.
 */
export function guardListener(options: ListenerOptions): void {
  const { guarded, unguarded } = listeners();
  const guardOnce = (server: unknown) => {
    if (!(server instanceof Server) || guarded.has(server) || unguarded.has(server)) return;
    if (server.listenerCount('request') === 0) return;
    guarded.add(server);
    guard(server, options);
  };
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket & { server?: unknown } };
    guardOnce(socket.server);
    if (guarded.has(socket.server as Server)) watchSocket(socket);
  });
  // Connections that were open before.
  subscribe('http.server.request.start', (message) => guardOnce((message as { server: unknown }).server));
  startSweeping();
}

function guard(server: Server, options: ListenerOptions): void {
  // Slow bodies and headers have time limits of their own. Node's limit would end long uploads.
  server.requestTimeout = 0;
  // Node's own answer has no body.
  (server as { requireHostHeader?: boolean }).requireHostHeader = false;
  server.maxConnections = getEnv().http.connections;
  deepenBacklog(server);
  // Without a listener for upgrades Node answers as if none was requested. Next's listener never answers.
  if (!options.isDevelopment) server.removeAllListeners('upgrade');
  server.on('connect', (_request, socket) => refuseConnection(socket as Socket));
  server.on('clientError', answerSocket);
  const next = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on(
    'request',
    gated(server, options, (incoming, response) => {
      for (const listener of next) listener(incoming, response);
    }),
  );
}

/** Listening again on a listening socket changes the number of connections that may wait, and nothing else. */
function deepenBacklog(server: Server): void {
  const { _handle: handle } = server as unknown as { _handle?: { listen?: (backlog: number) => number } };
  if (process.platform !== 'win32') handle?.listen?.(BACKLOG);
}

function gated(
  server: Server,
  { health, probes, isDevelopment, build }: ListenerOptions,
  next: RequestListener,
): RequestListener {
  const bound = server.address();
  const isLoopbackOnly = bound !== null && typeof bound === 'object' && isLoopbackAddress(bound.address);
  const admission = new Admission(countArrivals);
  const requests = new AddressShares();
  const files = build === undefined ? new Map() : readCompressedFiles(build);
  return (incoming, response) => {
    const { socket } = incoming;
    const client = claimedAddress(headerOf(incoming, 'x-forwarded-for'), socket.remoteAddress);
    const isRead = ['GET', 'HEAD'].includes(incoming.method ?? '');
    const path = incoming.url?.split('?')[0] ?? '';
    const probe = isRead && Object.hasOwn(probes, path) ? probes[path] : undefined;
    const isHealth = isRead && path === HEALTH;
    warnOfProxy(incoming);
    follow(incoming, response, requests, client);
    announceTls(incoming, response);
    if (!server.listening) response.shouldKeepAlive = false;
    const { unfinished } = listeners();
    unfinished.add(response);
    whenClosed(response, () => unfinished.delete(response));
    if (probe) return sendResponse(incoming, response, probe);
    const verdict = judgeRequest(incoming, { isLoopbackOnly, isDevelopment });
    if (verdict.kind === 'refuse') sendProblem(incoming, response, verdict.error, verdict.headers);
    else if (verdict.kind === 'options') response.writeHead(204, { Allow: verdict.allow }).end();
    else if (isHealth) sendResponse(incoming, response, health);
    else if (isExcess(socket) || requests.of(client) > connectionShare() || openRequests(socket) > PIPELINED)
      sendProblem(incoming, response, tooMany(), { Connection: 'close' });
    else if (!sendCompressed(incoming, response, files))
      admission.enter(client, response, () => next(incoming, response));
  };
}

function tooMany(): AppError {
  const share = connectionShare();
  return new AppError(
    'too_many_connections',
    `One address may have ${share} connections open at once, and ${PIPELINED} unanswered requests on each.`,
    { retryAfterSeconds: 5 },
  );
}

/** Resolves when the answer is finished and the body is complete. */
function follow(incoming: IncomingMessage, response: ServerResponse, requests: AddressShares, client: string): void {
  const leave = noteRequest(incoming.socket);
  requests.enter(client);
  whenClosed(response, () => {
    requests.leave(client);
    if (incoming.complete || incoming.closed) leave();
    else incoming.once('close', leave);
  });
}

const headerOf = (incoming: IncomingMessage, name: string) => [incoming.headers[name] ?? []].flat().join(',');

let isWarned = false;

/** Warns that all clients behind a proxy share the limits of one address, which shows only once these are reached. */
function warnOfProxy(incoming: IncomingMessage): void {
  if (isWarned || getEnv().http.trustedProxies > 0 || incoming.headers['x-forwarded-for'] === undefined) return;
  isWarned = true;
  getLog().warn(
    'Requests carry X-Forwarded-For, but TRUST_PROXY is 0: all who come through one proxy share the limits of one address. Set TRUST_PROXY to the number of proxies in front of this server.',
  );
}
