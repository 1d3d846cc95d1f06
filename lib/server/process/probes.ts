import 'server-only';
import type { Liveness, Readiness } from '@/lib/contracts/health';
import { AppError } from '@/lib/errors';
import { json, route } from '@/lib/server/http/route';
import { processWide } from '@/lib/server/process-wide';
import { isEnding } from '@/lib/server/runs/own-runs';

const state = processWide('readiness', () => ({ isStarted: false }));

/** Says that this process can work from now on. */
export function noteStarted(): void {
  state.isStarted = true;
}

/** Whether this process answers at all: one that does not is started anew. Nothing outside of it plays a part. */
export const getLive = route({ name: 'GET /api/health/live', limit: null }, () =>
  json({ status: 'ok' } satisfies Liveness),
);

/**
 * Whether this process takes requests: not before its engine has started, nor after it was told to end. A storage or a
 * Redis that is away plays no part: what needs neither is still answered, and the rest says what is wrong.
 */
export const getReady = route({ name: 'GET /api/health/ready', limit: null }, () => {
  if (isEnding()) throw new AppError('not_ready', 'The server ends: it finishes what it has, and takes nothing more.');
  if (!state.isStarted) throw new AppError('not_ready', 'The server starts: its models are not open yet.');
  return json({ status: 'ready' } satisfies Readiness);
});

/** Both by their addresses. */
export const PROBES = { '/api/health/live': getLive, '/api/health/ready': getReady };
