import 'server-only';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

const ENDING = '.br';
const TYPES: Readonly<Record<string, string>> = {
  js: 'application/javascript; charset=UTF-8',
  css: 'text/css; charset=UTF-8',
};

/**
 * The scripts and style sheets of the build by their addresses, compressed by Brotli (deploy/compress-static.mjs): under 1 MB in all.
 *
 * @param folder - that of the build; one without them gives none
 */
export function readCompressedFiles(folder: string): ReadonlyMap<string, Buffer> {
  const root = join(folder, 'static');
  if (!existsSync(root)) return new Map();
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ENDING));
  return new Map(
    names.map((name) => [
      `/_next/static/${name.slice(0, -ENDING.length).replaceAll('\\', '/')}`,
      readFileSync(join(root, name)),
    ]),
  );
}

/**
 * Answers with the compressed copy of a file, where there is one and the client reads Brotli. Next has only gzip, which it makes
 * anew for each answer.
 *
 * @returns whether it has answered
 */
export function sendCompressed(
  incoming: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, Buffer>,
): boolean {
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return false;
  const path = incoming.url?.split('?')[0] ?? '';
  const bytes = files.get(path);
  if (!bytes || !readsBrotli(incoming.headers['accept-encoding'])) return false;
  response.writeHead(200, {
    'Content-Type': TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    'Content-Encoding': 'br',
    'Content-Length': bytes.byteLength,
    // The name holds a sum of the content.
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(incoming.method === 'HEAD' ? undefined : bytes);
  return true;
}

/** `br;q=0` refuses it. */
function readsBrotli(accepted: string | string[] | undefined): boolean {
  return [accepted ?? []]
    .flat()
    .join(',')
    .split(',')
    .some((one) => /^\s*br\s*(;\s*q\s*=\s*(1|0?\.\d*[1-9])\S*\s*)?$/i.test(one));
}
