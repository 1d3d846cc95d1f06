import 'server-only';
import type { Socket } from 'node:net';
import { getEnv } from '@/lib/server/env';
import { addressBucket } from './address';
import { AddressShares } from './address-shares';

/** From the first byte of a request (or the connection's beginning) until its headers are whole. */
const HEADERS_MS = 10_000;
/** The same on a connection beyond what its address may have: time to be told so, no more. */
const EXCESS_HEADERS_MS = 2_000;
/** An answer of which nothing is taken for so long is given up. */
const READER_MS = 120_000;
const SWEEP_MS = 1_000;
/** Connections beyond an address's share that are still answered, with 503: the next ones are closed at once. */
const EXCESS_SLACK = 128;

type Watched = {
  readonly openedAt: number;
  readonly peer: string;
  /** More than its address may have: nothing but its state is told. */
  readonly isExcess: boolean;
  /** Requests whose answers are not finished. */
  open: number;
  /** Bytes that had been read when the last answer was finished. */
  restedAt: number;
  headersSince: number | null;
  written: number;
  takenAt: number;
};

const shares = new AddressShares();
const sockets = new Map<Socket, Watched>();
let arrivals = 0;

/** Connections that have come in so far. */
export const countArrivals = () => arrivals;

/** Half of all connections: whatever one address does, others get in. */
export const connectionShare = () => Math.floor(getEnv().http.connections / 2);

/** Follows a connection from its beginning to its end. */
export function watchSocket(socket: Socket): void {
  if (sockets.has(socket) || socket.destroyed) return;
  arrivals++;
  const peer = addressBucket(socket.remoteAddress ?? '') ?? '';
  const count = shares.enter(peer);
  socket.once('close', () => {
    shares.leave(peer);
    sockets.delete(socket);
  });
  // Behind a proxy every connection is the proxy's: there, requests are counted instead.
  const isShared = getEnv().http.trustedProxies > 0;
  if (!isShared && count > connectionShare() + EXCESS_SLACK) {
    socket.destroy();
    return;
  }
  sockets.set(socket, {
    openedAt: performance.now(),
    peer,
    isExcess: !isShared && count > connectionShare(),
    open: 0,
    restedAt: 0,
    headersSince: null,
    written: 0,
    takenAt: performance.now(),
  });
}

export const isExcess = (socket: Socket): boolean => sockets.get(socket)?.isExcess ?? false;

/** How many requests of one connection are not answered yet. */
export const openRequests = (socket: Socket): number => sockets.get(socket)?.open ?? 0;

/** A request's headers are whole; its body or its answer is not, until the returned function is called. */
export function noteRequest(socket: Socket): () => void {
  const watched = sockets.get(socket);
  if (watched === undefined) return () => {};
  watched.open++;
  watched.headersSince = null;
  watched.takenAt = performance.now();
  return () => {
    watched.open--;
    watched.restedAt = socket.bytesRead;
  };
}

/** Ends connections whose senders trickle headers, or whose readers take no answer. Bodies are timed as they are read. */
export function startSweeping(): void {
  setInterval(() => {
    const now = performance.now();
    for (const [socket, watched] of sockets)
      if (watched.open === 0 ? areHeadersLate(socket, watched, now) : isReaderGone(socket, watched, now))
        socket.destroy();
  }, SWEEP_MS).unref();
}

function areHeadersLate(socket: Socket, watched: Watched, now: number): boolean {
  const isFirst = watched.restedAt === 0;
  // Between requests Node itself ends an idle connection.
  if (!isFirst && socket.bytesRead === watched.restedAt) return false;
  watched.headersSince ??= isFirst ? watched.openedAt : now;
  return now - watched.headersSince > (watched.isExcess ? EXCESS_HEADERS_MS : HEADERS_MS);
}

function isReaderGone(socket: Socket, watched: Watched, now: number): boolean {
  const taken = socket.bytesWritten - socket.writableLength;
  if (socket.writableLength === 0 || taken !== watched.written) {
    watched.written = taken;
    watched.takenAt = now;
  }
  return now - watched.takenAt > READER_MS;
}
