import 'server-only';
import type { Socket } from 'node:net';
import { getEnv } from '@/lib/server/env';
import { addressBucket } from './address';
import { AddressShares } from './address-shares';

/** Time from the first byte of a request (or the start of the connection) until its headers are complete. */
const HEADERS_MS = 10_000;
/** The same for a connection beyond its address's share, which only gets an answer that says so. */
const EXCESS_HEADERS_MS = 2_000;
/** An answer of which the client reads nothing for so long is ended. */
const READER_MS = 120_000;
const SWEEP_MS = 1_000;
/** Connections beyond an address's share that get a 503. Further ones are closed at once. */
const EXCESS_SLACK = 128;

type Watched = {
  readonly openedAt: number;
  readonly peer: string;
  /** Whether it is beyond its address's share. Its requests get an answer that says so. */
  readonly isExcess: boolean;
  /** Number of requests whose answers are not finished. */
  open: number;
  /** Bytes that were read when the last answer was finished. */
  restedAt: number;
  headersSince: number | null;
  written: number;
  takenAt: number;
};

const shares = new AddressShares();
const sockets = new Map<Socket, Watched>();
let arrivals = 0;

/** Number of connections so far. */
export const countArrivals = () => arrivals;

/** One address may have half of all connections, so that others get in. */
export const connectionShare = () => Math.floor(getEnv().http.connections / 2);

/** Watches a connection from its start to its end. */
export function watchSocket(socket: Socket): void {
  if (sockets.has(socket) || socket.destroyed) return;
  arrivals++;
  const peer = addressBucket(socket.remoteAddress ?? '') ?? '';
  const count = shares.enter(peer);
  socket.once('close', () => {
    shares.leave(peer);
    sockets.delete(socket);
  });
  // Behind a proxy every connection is the proxy's, so requests are counted instead.
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

/** The number of requests of a connection that are not answered yet. */
export const openRequests = (socket: Socket): number => sockets.get(socket)?.open ?? 0;

/** Notes that a request's headers are complete. The returned function is called when its body and answer are. */
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

/** Ends connections whose clients send headers too slowly, or do not read answers. Bodies are timed while they are read. */
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
  // Between requests Node ends an idle connection itself.
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
