import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '@/lib/server/process-wide';

const clients = processWide('current-client', () => new AsyncLocalStorage<string>());

/** Does work on behalf of a client, whose address it then counts against wherever it has to wait. */
export const withClient = <T>(address: string, work: () => T): T => clients.run(address, work);

/** The address of the client that the present work is for; one name for all work of the server's own. */
export const currentClient = (): string => clients.getStore() ?? 'server';
