import 'server-only';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { clientAddress } from './address';
import { takeByteLease } from './byte-lease';
import { optionsError } from './problem-answer';
import { readBody } from './read-body';

/** Enough for thousands of corrections and outlines, but not for an image. */
const MAX_BYTES = 8_000_000;

/**
 * Reads a JSON body by its schema.
 *
 * The media type must be JSON. A form of another site cannot send that type without a preflight request of the browser.
 *
 * @throws AppError `malformed_request`, `upload_too_large`, `invalid_option`, `request_too_slow`, `queue_full`
 */
export async function readJsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(parseJson(await readTextBody(request, ['application/json'], MAX_BYTES)));
  if (!parsed.success) throw optionsError(parsed.error, knownNames(schema));
  return parsed.data;
}

/**
 * Reads a body of text.
 *
 * @param types - media types that it may have; a form of another site can send none of them, as above
 * @throws AppError `malformed_request`, `upload_too_large`, `request_too_slow`, `queue_full`
 */
export async function readTextBody(request: Request, types: readonly string[], maxBytes: number): Promise<string> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type))
    throw new AppError('malformed_request', `The body must be ${types.join(' or ')}, and say so in its Content-Type.`);
  const chunks: Uint8Array[] = [];
  const lease = takeByteLease(clientAddress(request));
  try {
    let bytes = 0;
    for await (const chunk of readBody(request)) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes)
        throw new AppError('upload_too_large', `A body of ${types.join(' or ')} may have ${maxBytes} bytes here.`);
      lease.grow(chunk.byteLength);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    lease.release();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('malformed_request', 'The body is not JSON.', { cause });
  }
}

/** The fields of a schema; of a union the fields of all its members. */
function knownNames(schema: z.ZodType): string[] {
  if ('options' in schema && Array.isArray(schema.options))
    return [...new Set((schema.options as z.ZodType[]).flatMap(knownNames))];
  return 'shape' in schema && typeof schema.shape === 'object' ? Object.keys(schema.shape as object) : [];
}
