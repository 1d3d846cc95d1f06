import { type NextRequest, NextResponse } from 'next/server';
import { getEnv } from '@/lib/server/env';
import { contentPolicy } from '@/lib/server/http/content-policy';

// Next cuts the body of every request that passes here at 10 MB: uploads and all else that posts must not match.
export const config = { matcher: '/((?!api/|_next/).*)' };

/** Gives every page and worker script its Content-Security-Policy, with a nonce that Next finds in the request. */
export function proxy(request: NextRequest): NextResponse {
  // biome-ignore lint/style/noProcessEnv: Next replaces this very expression when it builds.
  const isDevelopment = process.env.NODE_ENV === 'development';
  const policy = contentPolicy(getEnv().storage, crypto.randomUUID(), isDevelopment);
  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  return response;
}
