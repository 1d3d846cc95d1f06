import 'server-only';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getEnv } from '@/lib/server/env';

export type Installation = { java: string; classes: string; jar: string };

export const INSTALL_BIOFORMATS =
  'Whoever runs this server can install it with `npm run formats:install` (it needs Java 17 to 23)';
export const NOT_INSTALLED = `not installed here. ${INSTALL_BIOFORMATS}`;

/** @returns null when `npm run formats:install` has not been run here. */
export function findBioformats(): Installation | null {
  const { dir, jar } = getEnv().formats;
  // Not traced into the build: what lies there is installed, not imported.
  const jarPath = resolve(/*turbopackIgnore: true*/ jar ?? join(dir, 'bioformats_package.jar'));
  const classes = resolve(/*turbopackIgnore: true*/ dir, 'classes');
  const reader = resolve(/*turbopackIgnore: true*/ dir, 'reader.json');
  if (![jarPath, classes, reader].every((path) => existsSync(path))) return null;
  const { java } = JSON.parse(readFileSync(reader, 'utf8')) as { java: string };
  return { java, classes, jar: jarPath };
}
