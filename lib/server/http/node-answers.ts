import 'server-only';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AppError, ERRORS } from '@/lib/errors';
import { getLog } from '@/lib/server/log';
import { problemResponse } from './problem-answer';

/** Answers a request that Next never sees, with a problem document. */
export function sendProblem(
  incoming: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  headers: Record<string, string>,
): void {
  const requestId = randomUUID();
  getLog().info({ requestId, route: 'refused', code: error.code, status: ERRORS[error.code].status }, 'request');
  const problem = problemResponse(error, requestId);
  for (const [name, value] of Object.entries({ 'X-Request-Id': requestId, ...headers }))
    problem.headers.set(name, value);
  sendResponse(incoming, response, async () => problem);
}

/** Answers with a handler of web requests that reads the headers alone. */
export function sendResponse(
  incoming: IncomingMessage,
  response: ServerResponse,
  handler: (request: Request) => Promise<Response>,
): void {
  answerWith(incoming, response, handler).catch((error: unknown) => {
    getLog().error({ err: error }, 'request failed');
    response.destroy();
  });
}

async function answerWith(
  incoming: IncomingMessage,
  response: ServerResponse,
  handler: (request: Request) => Promise<Response>,
): Promise<void> {
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
  const answer = await handler(new Request('http://localhost/', { headers }));
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, {
    'X-Content-Type-Options': 'nosniff',
    ...Object.fromEntries(answer.headers),
    'Content-Length': body.byteLength,
  });
  response.end(incoming.method === 'HEAD' ? undefined : body);
}
