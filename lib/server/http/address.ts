import 'server-only';
import { isIPv6 } from 'node:net';
import { getEnv } from '@/lib/server/env';
import { peerAddress } from './connections';

/**
 * Whom a request counts against: the peer of its connection, or, behind `TRUST_PROXY` proxies, the address that the
 * outermost of them saw. Each proxy appends one address, so what stands further left was written by the client.
 */
export function clientAddress(request: Request): string {
  const hops = getEnv().http.trustedProxies;
  const forwarded = (request.headers.get('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const claimed = hops > 0 ? (forwarded.at(-hops) ?? forwarded[0]) : undefined;
  return addressBucket(claimed ?? peerAddress(request) ?? 'unknown');
}

/** One bucket for each IPv4 address and each IPv6 /64: a single subscriber commands a whole /64. */
export function addressBucket(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = address.split('%')[0] ?? address;
  if (!isIPv6(plain)) return address.slice(0, 64);
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = plain.includes('::') ? [...left, ...zeros, ...right] : left;
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
