import 'server-only';
import ipaddr from 'ipaddr.js';

/**
 * Whether a `Host` header names this server.
 *
 * Another site can make its own name point to this machine (DNS rebinding). Its pages would then have the origin of this
 * server, with that name in `Host`. Loopback names cannot be used so. Without a list every name is accepted, since programs
 * use any name that their network has for a server. A server that listens on loopback alone accepts loopback names only.
 */
export function isHostAllowed(
  host: string,
  { allowed, isLoopbackOnly }: { allowed: readonly string[] | undefined; isLoopbackOnly: boolean },
): boolean {
  if (allowed === undefined && !isLoopbackOnly) return true;
  const name = nameOf(host);
  if (name === undefined) return false;
  if (isLoopbackName(name)) return true;
  return (allowed ?? []).some(
    (pattern) => pattern === '*' || pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1))),
  );
}

/** The host without port and final dot, in lower case; undefined for text that is no host. */
function nameOf(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s[\]]+)(:\d*)?$/i.exec(host.trim());
  return match?.[1]?.toLowerCase().replace(/\.$/, '');
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name.replace(/^\[|\]$/g, ''));
}

/** Whether an address that a server listens on, or a host, is loopback. */
export function isLoopbackAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return ipaddr.process(address).range() === 'loopback';
}
