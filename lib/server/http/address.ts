import 'server-only';
import ipaddr from 'ipaddr.js';
import { getEnv } from '@/lib/server/env';
import { connectionOf } from './connections';

/** Whom a request counts against where nobody is known: a request without a connection, as tests make them. */
const UNKNOWN = 'unknown';

/** Whom a request counts against, as `route()` sees it. */
export function clientAddress(request: Request): string {
  const connection = connectionOf(request);
  if (connection === undefined) return claimedAddress(request.headers.get('x-forwarded-for'), undefined);
  return claimedAddress(connection.forwardedFor, connection.peer);
}

/**
 * Whom a request counts against: the peer of its connection, or, behind `TRUST_PROXY` proxies, the address that the
 * outermost of them saw. Each proxy appends one address, so what stands further left was written by the client. Where
 * fewer stand there than there are proxies, the request did not come through all of them: nothing in it is believed.
 */
export function claimedAddress(forwardedFor: string | null | undefined, peer: string | undefined): string {
  const hops = getEnv().http.trustedProxies;
  const claimed = hops > 0 ? (forwardedFor ?? '').split(',').at(-hops) : undefined;
  return (claimed && addressBucket(claimed)) || (peer && addressBucket(peer)) || UNKNOWN;
}

/**
 * One bucket for each IPv4 address and each IPv6 /64, since a single subscriber commands a whole /64; undefined for
 * what is no address. A proxy may write a port behind an address: it is no part of whom the address belongs to.
 */
export function addressBucket(text: string): string | undefined {
  const host = withoutPort(text.trim().replaceAll('"', ''));
  const plain = host.split('%')[0] ?? host;
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return plain;
  if (!ipaddr.IPv6.isValid(plain)) return undefined;
  const address = ipaddr.IPv6.parse(plain);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

/** `1.2.3.4:5`, `[2001:db8::1]:5` and `[2001:db8::1]` without port and brackets; a bare IPv6 address has neither. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](:\d*)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? '';
  return /^[^:]*:\d*$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}
