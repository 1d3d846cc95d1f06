import 'server-only';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { isHostAllowed } from './hosts';

/** Methods that some address of the API takes; which of them, the address itself says. */
const API_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const PAGE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
export const ALL_METHODS = API_METHODS.join(', ');

const HSTS = 'max-age=31536000';

/** What the gate says of a request: on to Next, an empty answer to OPTIONS, or a refusal. */
export type Verdict =
  | { kind: 'pass' }
  | { kind: 'options'; allow: string }
  | { kind: 'refuse'; error: AppError; headers: Record<string, string> };

/**
 * What every request passes before Next sees it, pages and API alike: Next would answer TRACE with a stack, hand a
 * POST to a page, and scale pictures for anybody.
 */
export function judgeRequest(
  incoming: IncomingMessage,
  server: { isLoopbackOnly: boolean; isDevelopment: boolean },
): Verdict {
  const { host } = incoming.headers;
  const method = incoming.method ?? 'GET';
  if (host === undefined && incoming.httpVersion !== '1.0')
    return refuse(new AppError('malformed_request', 'A request of HTTP/1.1 names its host, this one does not.'));
  const allowed = getEnv().http.allowedHosts;
  if (host !== undefined && !isHostAllowed(host, { allowed, isLoopbackOnly: server.isLoopbackOnly }))
    return refuse(hostNotAllowed(host, allowed === undefined), { Connection: 'close' });
  const path = pathOf(incoming.url ?? '/');
  const methods = path === '/api' || path.startsWith('/api/') ? API_METHODS : PAGE_METHODS;
  // Next's own addresses of development take more.
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

/** As Next understands it: decoded, without doubled slashes. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)[0] ?? '/';
  return decodeURIComponent(path).replaceAll('\\', '/').replaceAll(/\/+/g, '/');
}

/** Browsers that came by TLS once are to come by nothing else; who ends it for us says so, and is believed if trusted. */
export function announceTls(incoming: IncomingMessage, response: ServerResponse): void {
  const hops = getEnv().http.trustedProxies;
  if (hops === 0) return;
  const stated = [incoming.headers['x-forwarded-proto'] ?? []].flat().join(',').split(',');
  const proto = stated.at(-hops) ?? stated[0];
  if (proto?.trim().toLowerCase() === 'https') response.setHeader('Strict-Transport-Security', HSTS);
}
