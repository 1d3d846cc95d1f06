import 'server-only';
import type { Env } from '@/lib/server/env';

/** Hash of an empty style: the viewer adds one where its library looks for its own. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * The Content-Security-Policy of a page. It allows this server's own origin alone and, where the storage is a bucket, the
 * bucket, to which browsers send images and from which they read pictures.
 *
 * @param nonce - marks the scripts that Next writes into this one page
 * @param isDevelopment - React's error overlays need `eval` there
 */
export function contentPolicy(storage: Env['storage'], nonce: string, isDevelopment: boolean): string {
  const bucket = bucketOrigins(storage);
  const directives: Record<string, string[]> = {
    'default-src': ["'self'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, ...(isDevelopment ? ["'unsafe-eval'"] : [])],
    'style-src': ["'self'", `'nonce-${nonce}'`, EMPTY_STYLE],
    // React writes `style={}` into the page as attributes. They can load only what the rest of the policy allows.
    'style-src-attr': ["'unsafe-inline'"],
    // Pictures and files that the page makes itself have blob addresses.
    'img-src': ["'self'", 'blob:', 'data:', ...bucket],
    'connect-src': ["'self'", 'blob:', ...bucket],
    'font-src': ["'self'"],
    'worker-src': ["'self'"],
    'object-src': ["'none'"],
    'frame-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');
}

/** The origins of the storage's signed links, where they are not this server's. */
function bucketOrigins(storage: Env['storage']): string[] {
  if (storage.provider !== 's3') return [];
  const suffix = storage.region.startsWith('cn-') ? '.cn' : '';
  const { protocol, host, origin } = new URL(storage.endpoint ?? `https://s3.${storage.region}.amazonaws.com${suffix}`);
  // A bucket whose name has dots is always in the path: no certificate covers it as a host.
  return storage.pathStyle || storage.bucket.includes('.') ? [origin] : [`${protocol}//${storage.bucket}.${host}`];
}
