import 'server-only';
import pino, { type Logger } from 'pino';
import { getEnv } from './env';

export type Log = Logger;

/** Names of files and texts in them can be patient data. Only ids, sizes and times are logged; this removes the rest. */
const NEVER = ['filename', 'fileName', 'headers', 'body', 'metadata', 'exif', 'roi'];

let log: Log | undefined;

export function getLog(): Log {
  log ??= pino({
    level: getEnv().log.level,
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), remove: true },
  });
  return log;
}
