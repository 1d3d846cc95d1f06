import 'server-only';
import pino, { type Logger } from 'pino';
import { getEnv } from './env';

export type Log = Logger;

/** A net below the rule that only ids, sizes and times are logged: names of files and their texts carry patient data. */
const NEVER = ['filename', 'fileName', 'headers', 'body', 'metadata', 'exif', 'roi'];

let log: Log | undefined;

export function getLog(): Log {
  log ??= pino({
    level: getEnv().log.level,
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), remove: true },
  });
  return log;
}
