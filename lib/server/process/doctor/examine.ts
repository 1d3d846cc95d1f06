import 'server-only';
import { parseEnv } from '@/lib/server/env';
import { examineDisks, examineEngine, examinePorts, examineReaders, examineRedis } from './examine-machine';
import { examineProxy } from './examine-proxy';
import { examineStorage } from './examine-storage';
import { type Finding, fault, ok, reasonOf } from './finding';

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
  const parts = [
    () => examinePorts(Number(variables.PORT || 3000)),
    examineStorage,
    examineDisks,
    examineRedis,
    examineReaders,
    examineEngine,
    examineProxy,
  ];
  for (const part of parts)
    yield* await part().catch((error: unknown) => [fault(`This could not be examined: ${reasonOf(error)}.`)]);
}
