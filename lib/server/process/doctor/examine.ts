import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from '@/lib/server/env';
import { examineDisks, examineEngine, examinePorts, examineReaders, examineRedis } from './examine-machine';
import { examineProxy } from './examine-proxy';
import { examineStorage } from './examine-storage';
import { type Finding, fault, ok, reasonOf } from './finding';

/** For a part that never ends, as a disk of another machine that is away. Models take seconds to open. */
const PATIENCE_MS = 120_000;

/**
 * Looks at all that a server or a worker needs, with the settings that it would start with.
 *
 * @param variables - the environment
 */
export async function* examineAll(variables: Record<string, string | undefined>): AsyncGenerator<Finding> {
  try {
    parseEnv(variables);
    yield ok('The settings can be read.');
  } catch (error) {
    yield fault(`The settings are wrong: ${reasonOf(error).replace(/^environment: /, '')}.`);
    return;
  }
  const parts = {
    'The ports': () => examinePorts(variables.PORT || '3000'),
    'The storage': examineStorage,
    'The disks': examineDisks,
    Redis: examineRedis,
    'The readers of microscope formats': examineReaders,
    'The models': examineEngine,
    'The proxy': examineProxy,
  };
  for (const [what, examine] of Object.entries(parts))
    yield* await Promise.race([examined(what, examine), tooLong(what)]);
}

const examined = (what: string, examine: () => Promise<Finding[]>) =>
  examine().catch((error: unknown) => [fault(`${what} could not be examined: ${reasonOf(error)}.`)]);

const tooLong = async (what: string) => {
  await delay(PATIENCE_MS, undefined, { ref: false });
  return [fault(`${what} could not be examined: there was no answer for ${PATIENCE_MS / 1000} s.`)];
};
