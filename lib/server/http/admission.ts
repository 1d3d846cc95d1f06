import 'server-only';
import type { ServerResponse } from 'node:http';
import { whenClosed } from './when-closed';

/**
 * Requests that Next works on at once. One thread answers all of them, so more at once do not end earlier, but delay new
 * connections and health probes until all are done.
 */
const SLOTS = 4;
/** While others wait, one address has at most half of them. */
const SLOTS_OF_ONE = SLOTS / 2;
/**
 * New connections go first. Node accepts one in each turn of its loop. With work in each turn, the last of a thousand
 * connections would wait for the work of all before it. So work starts when a turn has brought no connection. In a rush it
 * starts when none has come for so long, since the senders need time, too ...
 */
const QUIET_MS = 10;
/** ... or when work has waited for so long. */
const ARRIVALS_FIRST_MS = 1_000;
/** This many connections one after another are a rush. */
const RUSH = 8;
/** A request that is not answered by then waits for a body, a disk or a job, and no longer counts as work. */
const SLOT_MS = 200;

type Waiting = { start: () => void; response: ServerResponse };

/** A waiting line in which the addresses that wait take turns. */
export class Admission {
  private readonly lines = new Map<string, Waiting[]>();
  private readonly held = new Map<string, number>();
  private free = SLOTS;
  private isFilling = false;

  private readonly arrivals: () => number;

  /** @param arrivals - gives the number of connections so far */
  constructor(arrivals: () => number) {
    this.arrivals = arrivals;
  }

  /** Calls `start` when it is this request's turn, or never if its client leaves before. */
  enter(address: string, response: ServerResponse, start: () => void): void {
    const line = this.lines.get(address);
    if (line) line.push({ start, response });
    else this.lines.set(address, [{ start, response }]);
    this.fill();
  }

  /** Starts the requests that may start, once no more connections come in. */
  private fill(): void {
    if (this.isFilling) return;
    this.isFilling = true;
    const began = performance.now();
    const first = this.arrivals();
    let [seen, seenAt] = [first, began];
    const look = () => {
      const now = performance.now();
      const isQuiet = this.arrivals() === seen && (seen - first < RUSH || now - seenAt > QUIET_MS);
      if (this.arrivals() !== seen) [seen, seenAt] = [this.arrivals(), now];
      if (isQuiet || now - began > ARRIVALS_FIRST_MS) this.begin(isQuiet ? SLOTS : 1);
      else setImmediate(look);
    };
    setImmediate(look);
  }

  private begin(most: number): void {
    this.isFilling = false;
    for (let i = 0; i < most; i++) {
      const next = this.next();
      if (next === null) return;
      this.run(next.address, next.waiting);
    }
  }

  /** Takes the first request of the address whose turn it is. That address goes to the end of the line. */
  private next(): { address: string; waiting: Waiting } | null {
    if (this.free === 0) return null;
    for (const [address, line] of this.lines) {
      if (this.lines.size > 1 && (this.held.get(address) ?? 0) >= SLOTS_OF_ONE) continue;
      const waiting = line.find(({ response }) => !response.destroyed);
      this.lines.delete(address);
      if (waiting === undefined) continue;
      line.splice(0, line.indexOf(waiting) + 1);
      if (line.length > 0) this.lines.set(address, line);
      return { address, waiting };
    }
    return null;
  }

  private run(address: string, { start, response }: Waiting): void {
    this.free--;
    this.held.set(address, (this.held.get(address) ?? 0) + 1);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      const left = (this.held.get(address) ?? 1) - 1;
      if (left > 0) this.held.set(address, left);
      else this.held.delete(address);
      this.free++;
      if (this.lines.size > 0) this.fill();
    };
    const timer = setTimeout(release, SLOT_MS);
    whenClosed(response, release);
    start();
  }
}
