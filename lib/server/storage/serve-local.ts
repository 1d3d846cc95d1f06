import 'server-only';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { readBody } from '@/lib/server/http/read-body';
import { getLocalStorage } from './index';
import type { LocalStorage } from './local-storage';
import { mediaType } from './storage';

/** Answers a GET with a link of the local storage. */
export async function sendObject(request: Request, key: string): Promise<Response> {
  const storage = localStorage();
  await storage.links.check('GET', key, new URL(request.url).searchParams);
  const object = await storage.get(key);
  if (!object) throw new AppError('not_found', 'There is no such object, or it was deleted.');
  return new Response(Readable.toWeb(object.body) as unknown as BodyInit, {
    headers: {
      'Content-Type': mediaType(key),
      'Content-Length': String(object.bytes),
      // After a deletion no cache may still have it.
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
  });
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
  throw new AppError('not_found', 'This server keeps its objects elsewhere.');
}
