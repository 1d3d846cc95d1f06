import 'server-only';
import type { ZodError } from 'zod';
import type { Problem } from '@/lib/contracts/problem';
import { AppError, ERRORS, type ErrorCode, type FieldError } from '@/lib/errors';
import { toAppError } from '@/lib/server/to-app-error';

const DEFAULT_RETRY_SECONDS = 10;

/** Server errors whose detail helps the caller and shows nothing internal. Other 5xx have their title alone. */
const TOLD: readonly ErrorCode[] = [
  'worker_crashed',
  'queue_full',
  'queue_unavailable',
  'not_ready',
  'reader_unavailable',
  'storage_full',
  'storage_unavailable',
  'stored_damaged',
  'interrupted',
];

/** Makes an RFC 9457 problem document of whatever was thrown. The only place where an error becomes HTTP. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = toAppError(error);
  const { status, title } = ERRORS[known.code];
  const isTold = status < 500 || TOLD.includes(known.code);
  return {
    type: `/api-docs#${known.code}`,
    title,
    status,
    detail: isTold ? known.detail : `The server could not finish this request. It is in the log as ${requestId}.`,
    instance: requestId,
    code: known.code,
    ...(known.fields && { errors: [...known.fields] }),
    ...(known.currentRevision !== undefined && { current_revision: known.currentRevision }),
  };
}

export function problemResponse(error: unknown, requestId: string): Response {
  const problem = toProblem(error, requestId);
  const headers = new Headers({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  if (problem.status === 429 || problem.status === 503) {
    const seconds = error instanceof AppError ? error.retryAfterSeconds : undefined;
    headers.set('Retry-After', String(seconds ?? DEFAULT_RETRY_SECONDS));
  }
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** Makes an error for the caller of what zod found wrong with the options. */
export function optionsError(error: ZodError, known: readonly string[]): AppError {
  const fields = error.issues.flatMap((issue): FieldError[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: pointerTo([key]),
          detail: `unknown option; the known ones are ${known.join(', ')}`,
        }))
      : [{ pointer: pointerTo(issue.path), detail: issue.message }],
  );
  const list = fields.map((field) => `${field.pointer.slice(1)}: ${field.detail}`).join('; ');
  return new AppError('invalid_option', list, { fields });
}

/** A JSON pointer (RFC 6901). Names that a client sent are shortened. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
