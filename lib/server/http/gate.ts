import 'server-only';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { isHostAllowed } from './hosts';

/** Methods of the API. Each address says itself which of them it has. */
const API_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const PAGE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
export const ALL_METHODS = API_METHODS.join(', ');

const HSTS = 'max-age=31536000';

/** What happens to a request: it goes to Next, gets an empty answer to OPTIONS, or is refused. */
export type Verdict =
  | { kind: 'pass' }
  | { kind: 'options'; allow: string }
  | { kind: 'refuse'; error: AppError; headers: Record<string, string> };

/**
 * Judges every request before Next sees it, for pages and API. Without this Next would answer TRACE with a stack, give a
 * POST to a page, and scale pictures for anybody.
 */
export function judgeRequest(
  incoming: IncomingMessage,
  server: { isLoopbackOnly: boolean; isDevelopment: boolean },
): Verdict {
  const { host } = incoming.headers;
  const method = incoming.method ?? 'GET';
  if (host === undefined && incoming.httpVersion !== '1.0')
    return refuse(new AppError('malformed_request', 'A request of HTTP/1.1 must name its host; this one does not.'));
  const allowed = getEnv().http.allowedHosts;
  if (host !== undefined && !isHostAllowed(host, { allowed, isLoopbackOnly: server.isLoopbackOnly }))
    return refuse(hostNotAllowed(host, allowed === undefined), { Connection: 'close' });
  const path = pathOf(incoming.url ?? '/');
  const methods = path === '/api' || path.startsWith('/api/') ? API_METHODS : PAGE_METHODS;
  // Next's own addresses in development have more methods.
  if (!methods.includes(method) && !(server.isDevelopment && path.startsWith('/__next')))
    return refuseMethod(method, methods);
  if (method === 'OPTIONS' && (methods === PAGE_METHODS || path === '*'))
    return { kind: 'options', allow: (path === '*' ? API_METHODS : PAGE_METHODS).join(', ') };
  if (path.startsWith('/_next/image'))
    return refuse(new AppError('not_found', 'Pictures are not scaled by this server.'));
  return { kind: 'pass' };
}

const refuse = (error: AppError, headers: Record<string, string> = {}): Verdict => ({ kind: 'refuse', error, headers });

const refuseMethod = (method: string, methods: readonly string[]) =>
  refuse(new AppError('method_not_allowed', `This address does not take ${method}; it takes ${methods.join(', ')}.`), {
    Allow: methods.join(', '),
  });

function hostNotAllowed(host: string, isByDefault: boolean): AppError {
  const names = isByDefault
    ? 'listens on loopback alone, and so answers to loopback names only, unless its setting ALLOWED_HOSTS names others'
    : 'answers to the names in its setting ALLOWED_HOSTS only';
  return new AppError('host_not_allowed', `This server ${names}; got ${JSON.stringify(host.slice(0, 100))}.`);
}

/** The path as Next understands it: decoded, without double slashes. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)[0] ?? '/';
  return decodeURIComponent(path).replaceAll('\\', '/').replaceAll(/\/+/g, '/');
}

/** Tells browsers that came by TLS to use nothing else. A trusted proxy that ends TLS states it in a header. */
export function announceTls(incoming: IncomingMessage, response: ServerResponse): void {
  const hops = getEnv().http.trustedProxies;
  if (hops === 0) return;
  const stated = [incoming.headers['x-forwarded-proto'] ?? []].flat().join(',').split(',');
  const proto = stated.at(-hops) ?? stated[0];
  if (proto?.trim().toLowerCase() === 'https') response.setHeader('Strict-Transport-Security', HSTS);
}
