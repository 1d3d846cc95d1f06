import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '@/lib/server/process-wide';

const clients = processWide('current-client', () => new AsyncLocalStorage<string>());

/** Does work for a client. Where the work has to wait, it counts against the client's address. */
export const withClient = <T>(address: string, work: () => T): T => clients.run(address, work);

/** The address of the client that the current work is for; `server` for work of the server itself. */
export const currentClient = (): string => clients.getStore() ?? 'server';
