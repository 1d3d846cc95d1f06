import 'server-only';
import type { ServerResponse } from 'node:http';

const waiting = new WeakMap<ServerResponse, (() => void)[]>();

/**
 * Calls `work` once an answer is finished or its client is gone. All calls share one listener: Next adds six or seven, and
 * Node warns of a leak from eleven on.
 */
export function whenClosed(response: ServerResponse, work: () => void): void {
  const known = waiting.get(response);
  if (known) {
    known.push(work);
    return;
  }
  const all = [work];
  waiting.set(response, all);
  response.once('close', () => {
    for (const each of all) each();
  });
}
