import 'server-only';
import { randomUUID } from 'node:crypto';
import { AppError, ERRORS } from '@/lib/errors';
import { withClient } from '@/lib/server/current-client';
import { getLog, type Log } from '@/lib/server/log';
import { countError, getMetrics } from '@/lib/server/metrics';
import { toAppError } from '@/lib/server/to-app-error';
import { clientAddress } from './address';
import { discardBody } from './connections';
import { problemResponse } from './problem-answer';
import { type LimitName, takeToken } from './rate-limit';

/** What a handler gets. */
export type Call<Params> = { request: Request; params: Params; requestId: string; signal: AbortSignal; log: Log };

type Handler<Params> = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;

/**
 * Adds to a handler what all endpoints do: a request id, the rate limit, the log, and a problem document for whatever is
 * thrown. A probe (`limit: null`) has no limit.
 */
export function route<Params = unknown>(
  spec: { name: string; limit: LimitName | null },
  answer: (call: Call<Params>) => Promise<Response> | Response,
): Handler<Params> {
  return async (request, context) => {
    const started = performance.now();
    const requestId = randomUUID();
    const log = getLog().child({ requestId });
    let response: Response;
    try {
      if (spec.limit !== null) await takeToken(request, spec.limit);
      const params = await context.params;
      const call = { request, params, requestId, signal: request.signal, log };
      response = await withClient(clientAddress(request), () => answer(call));
    } catch (error) {
      logFailure(log, error);
      countError('request', toAppError(error).code);
      await discardBody(request);
      response = problemResponse(error, requestId);
    }
    response.headers.set('X-Request-Id', requestId);
    const ms = Math.round(performance.now() - started);
    if (spec.limit !== null)
      getMetrics().requestSeconds.observe({ route: spec.name, status: response.status }, ms / 1000);
    // Probes come every few seconds, for ever.
    log[spec.limit === null ? 'debug' : 'info']({ route: spec.name, status: response.status, ms }, 'request');
    return response;
  };
}

function logFailure(log: Log, error: unknown): void {
  // Mistakes of the caller are logged by their code alone: their texts may quote what was sent.
  if (error instanceof AppError && ERRORS[error.code].status < 500) log.debug({ code: error.code }, 'refused');
  else if (error instanceof AppError && ERRORS[error.code].status === 503) log.warn({ code: error.code }, 'busy');
  else log.error({ err: error }, 'request failed');
}

/** Headers of answers that no cache keeps and no proxy changes or compresses: base64 gains little by it and costs seconds. */
export function json(body: unknown, init: { status?: number; headers?: Record<string, string> } = {}): Response {
  return Response.json(body, {
    status: init.status ?? 200,
    headers: { 'Cache-Control': 'no-store, no-transform', ...init.headers },
  });
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

/**
 * Handlers for the methods that an endpoint does not have, and for OPTIONS, which lists those that it has. Next's own 405 is
 * empty, and lists these handlers, too.
 */
export function refuseOthers(...allowed: Method[]): Record<Method | 'OPTIONS', Handler<unknown>> {
  const refuse: Handler<unknown> = (request, context) =>
    route<unknown>({ name: 'method not allowed', limit: 'reads' }, () => {
      throw new AppError('method_not_allowed', `This address takes ${allowed.join(', ')}, not ${request.method}.`);
    })(request, context).then((response) => {
      response.headers.set('Allow', allowed.join(', '));
      return response;
    });
  const spoken = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const describe = route<unknown>(
    { name: 'options', limit: 'reads' },
    () => new Response(null, { status: 204, headers: { Allow: spoken } }),
  );
  const others = METHODS.map((method) => [method, refuse] as const);
  return { ...(Object.fromEntries(others) as Record<Method, Handler<unknown>>), OPTIONS: describe };
}
