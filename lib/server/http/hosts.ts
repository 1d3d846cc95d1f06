import 'server-only';
import ipaddr from 'ipaddr.js';

/**
 * Whether a `Host` header names a server that this one is meant to be.
 *
 * A page of another site can make its own name lead to this machine (DNS rebinding), and would then be of our origin:
 * its name is in `Host`. Loopback names are no such names. Without a list every name is taken, since programs reach a
 * server by whatever name its network gives it; but who listens on loopback alone has no other name.
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

/** Without port and final dot, in small letters; undefined for what is no host. */
function nameOf(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s[\]]+)(:\d*)?$/i.exec(host.trim());
  return match?.[1]?.toLowerCase().replace(/\.$/, '');
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name.replace(/^\[|\]$/g, ''));
}

/** Of an address that a server listens on, or that is named in place of a host. */
export function isLoopbackAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return ipaddr.process(address).range() === 'loopback';
}
