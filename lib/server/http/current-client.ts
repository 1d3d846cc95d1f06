import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';

// On globalThis: every route's bundle has modules of its own, and all of them count against the same lines.
const shared = globalThis as { restainClient?: AsyncLocalStorage<string> };
shared.restainClient ??= new AsyncLocalStorage<string>();
const clients = shared.restainClient;

/** Does work on behalf of a client, whose address it then counts against wherever it has to wait. */
export const withClient = <T>(address: string, work: () => T): T => clients.run(address, work);

/** The address of the client that the present work is for; one name for all work of the server's own. */
export const currentClient = (): string => clients.getStore() ?? 'server';
