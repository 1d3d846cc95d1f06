import 'server-only';
import type { Env } from '@/lib/server/env';

/** Hash of nothing: the viewer puts an empty style where its library looks for its own before it adds one. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * The Content-Security-Policy of a page: nothing comes from, or goes to, another origin than ours; with one exception,
 * a bucket that browsers send images to and read pictures from.
 *
 * @param nonce - of this one answer: what marks the scripts that Next writes into the page
 * @param isDevelopment - React's error overlays need `eval` there
 */
export function contentPolicy(storage: Env['storage'], nonce: string, isDevelopment: boolean): string {
  const bucket = bucketOrigins(storage);
  const directives: Record<string, string[]> = {
    'default-src': ["'self'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, ...(isDevelopment ? ["'unsafe-eval'"] : [])],
    'style-src': ["'self'", `'nonce-${nonce}'`, EMPTY_STYLE],
    // React writes `style={}` into the page as attributes; they can load nothing that the rest of the policy forbids.
    'style-src-attr': ["'unsafe-inline'"],
    // Pictures and files that were made in the page have blob addresses: they lead nowhere else.
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

/** Where signed links of the storage lead, when that is not this server. */
function bucketOrigins(storage: Env['storage']): string[] {
  if (storage.provider !== 's3') return [];
  const suffix = storage.region.startsWith('cn-') ? '.cn' : '';
  const { protocol, host, origin } = new URL(storage.endpoint ?? `https://s3.${storage.region}.amazonaws.com${suffix}`);
  // A bucket whose name has dots stands in the path even where others stand in the host: no certificate covers it.
  return storage.pathStyle || storage.bucket.includes('.') ? [origin] : [`${protocol}//${storage.bucket}.${host}`];
}
