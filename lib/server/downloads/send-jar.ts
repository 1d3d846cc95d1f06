import 'server-only';
import { readFile } from 'node:fs/promises';
import { AppError } from '@/lib/errors';
import { addEntry } from '@/lib/exports/archive';
import { getEnv } from '@/lib/server/env';

/** Jars below `public/downloads`, and the name that each is saved under. */
const JARS: Readonly<Record<string, string>> = {
  // ImageJ only reads plugins with an underscore in their names.
  'restain-imagej.jar': 'Restain_.jar',
  'restain-client.jar': 'restain-client.jar',
};

/** Read by `RestainClient.DEFAULT_SERVER` in integrations/java. */
const ADDRESS_ENTRY = 'restain/server.properties';

/**
 * Answers GET and HEAD of a jar. Where `PUBLIC_URL` is set, one entry in it names this server; else the file is as it is
 * committed. What the request says of the host plays no part: anybody could write another server into a shared cache.
 *
 * @throws AppError `not_found`
 */
export async function sendJar(file: string): Promise<Response> {
  const savedAs = Object.hasOwn(JARS, file) ? JARS[file] : undefined;
  if (savedAs === undefined) throw new AppError('not_found', `There are ${Object.keys(JARS).join(', ')}.`);
  const jar = await addressedJar(file, getEnv().http.publicUrl);
  return new Response(new Uint8Array(jar), {
    headers: {
      'Content-Type': 'application/java-archive',
      'Content-Disposition': `attachment; filename="${savedAs}"`,
      'Content-Length': String(jar.length),
      'Cache-Control': 'no-cache, no-transform',
    },
  });
}

/** To pack a jar anew costs a tenth of a second: once is enough. */
const packed = new Map<string, Uint8Array>();

async function addressedJar(file: string, address: string | undefined): Promise<Uint8Array> {
  const key = `${file} ${address}`;
  const known = packed.get(key);
  if (known) return known;
  const committed = await readFile(`public/downloads/${file}`);
  const jar =
    address === undefined
      ? committed
      : await addEntry(committed, { name: ADDRESS_ENTRY, content: `address=${address}\n` });
  packed.set(key, jar);
  return jar;
}
