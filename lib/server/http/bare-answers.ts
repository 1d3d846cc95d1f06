import 'server-only';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, type ErrorCode } from '@/lib/errors';
import { ALL_METHODS } from './gate';
import { toProblem } from './problem-answer';

/** Time to read the answer, for a client that sent something that is no request. */
const LINGER_MS = 1_000;

const FAULTS: Record<string, [code: ErrorCode, detail: string]> = {
  HPE_INVALID_METHOD: ['method_not_allowed', `There is no such method; addresses here take ${ALL_METHODS}.`],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers of a request may have 16 KB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_too_slow', 'The headers of this request took too long.'],
};

/** Answers bytes that Node could not parse as a request, and ends the connection. */
export function answerSocket(error: Error & { code?: string }, socket: Duplex & { _httpMessage?: unknown }): void {
  // In the middle of another answer no other can be sent.
  const isBusy = socket._httpMessage !== undefined && socket._httpMessage !== null;
  if (!socket.writable || isBusy || error.code === 'ECONNRESET') socket.destroy();
  else answerBare(socket, ...(FAULTS[error.code ?? ''] ?? ['malformed_request', 'This is not a request of HTTP/1.1.']));
}

/** Refuses CONNECT, since this is no proxy. */
export function refuseConnection(socket: Duplex): void {
  answerBare(socket, 'method_not_allowed', `This server is not a proxy; its addresses take ${ALL_METHODS}.`);
}

function answerBare(socket: Duplex, code: ErrorCode, detail: string): void {
  const requestId = randomUUID();
  const problem = toProblem(new AppError(code, detail), requestId);
  const body = JSON.stringify(problem);
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Request-Id': requestId,
    ...(problem.status === 405 && { Allow: ALL_METHODS }),
    Connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
