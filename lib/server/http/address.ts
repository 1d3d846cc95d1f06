import 'server-only';
import ipaddr from 'ipaddr.js';
import { getEnv } from '@/lib/server/env';
import { connectionOf } from './connections';

/** Used for a request without a connection, as tests make them. */
const UNKNOWN = 'unknown';

/** The address that a request counts against, for `route()`. */
export function clientAddress(request: Request): string {
  const connection = connectionOf(request);
  if (connection === undefined) return claimedAddress(request.headers.get('x-forwarded-for'), undefined);
  return claimedAddress(connection.forwardedFor, connection.peer);
}

/**
 * The address that a request counts against: the peer of its connection or, behind `TRUST_PROXY` proxies, the address that
 * the outermost of them saw.
 *
 * Each proxy appends one address to `X-Forwarded-For`, so addresses further left were written by the client. A header with
 * fewer addresses than there are proxies did not come through all of them, and is ignored.
 */
export function claimedAddress(forwardedFor: string | null | undefined, peer: string | undefined): string {
  const hops = getEnv().http.trustedProxies;
  const claimed = hops > 0 ? (forwardedFor ?? '').split(',').at(-hops) : undefined;
  return (claimed && addressBucket(claimed)) || (peer && addressBucket(peer)) || UNKNOWN;
}

/**
 * The bucket of an address: each IPv4 address has one, and each IPv6 /64, since one subscriber has a whole /64. Undefined
 * for text that is no address. A port that a proxy writes behind an address does not count.
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

/** Removes port and brackets from `1.2.3.4:5`, `[2001:db8::1]:5` and `[2001:db8::1]`. A bare IPv6 address has neither. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](:\d*)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? '';
  return /^[^:]*:\d*$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}
