import 'server-only';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { readBody } from '@/lib/server/http/read-body';
import { getLocalStorage } from './index';
import type { LocalStorage } from './local-storage';
import { type ByteRange, mediaType } from './storage';

/** Answers a GET with a link of the local storage. One range of bytes may be asked for (RFC 9110, section 14). */
export async function sendObject(request: Request, key: string): Promise<Response> {
  const storage = localStorage();
  await storage.links.check('GET', key, new URL(request.url).searchParams);
  const asked = rangeOf(request.headers.get('range'));
  const object = await storage.get(key, asked ?? undefined);
  if (!object) throw new AppError('not_found', 'There is no such object, or it was deleted.');
  const range = asked && { ...asked, length: Math.min(asked.length, object.bytes - asked.offset) };
  if (range && range.length <= 0) {
    object.body.destroy();
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${object.bytes}` } });
  }
  const { offset, length } = range ?? { offset: 0, length: object.bytes };
  return new Response(Readable.toWeb(object.body) as unknown as BodyInit, {
    status: range ? 206 : 200,
    headers: {
      'Content-Type': mediaType(key),
      'Content-Length': String(length),
      ...(range && { 'Content-Range': `bytes ${offset}-${offset + length - 1}/${object.bytes}` }),
      'Accept-Ranges': 'bytes',
      // After a deletion no cache may still have it.
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
  });
}

/** The one range that is asked for from a start on; null for all else, which is answered with the whole. */
function rangeOf(header: string | null): ByteRange | null {
  const [, first, last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || (last !== '' && Number(last) < Number(first))) return null;
  return { offset: Number(first), length: last === '' ? Number.MAX_SAFE_INTEGER : Number(last) - Number(first) + 1 };
}

/** Stores the body of a PUT with a link of the local storage, if it has the length and the type that were signed. */
export async function receiveObject(request: Request, key: string): Promise<Response> {
  const storage = localStorage();
  const grant = await storage.links.check('PUT', key, new URL(request.url).searchParams);
  const { bytes, type } = grant;
  const announced = request.headers.get('content-length');
  if (bytes === null || type === null || (announced !== null && announced !== String(bytes)))
    throw new AppError('invalid_link', `This link is for ${bytes} bytes, got ${announced}.`);
  if (request.headers.get('content-type') !== type)
    throw new AppError('invalid_link', `This link is for another media type than was sent.`);
  if (!request.body) throw new AppError('missing_part', 'The request has no body.');
  try {
    await storage.receive(key, Readable.from(readBody(request)), grant);
  } catch (error) {
    if (request.signal.aborted) throw new AppError('cancelled', 'The sender hung up.', { cause: error });
    throw error;
  }
  return new Response(null, { status: 200 });
}

function localStorage(): LocalStorage {
  const storage = getLocalStorage();
  if (storage) return storage;
  throw new AppError('not_found', 'This server keeps its objects in another storage.');
}
