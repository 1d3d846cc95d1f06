import 'server-only';
import type { ServerResponse } from 'node:http';

/**
 * Requests that Next begins at once. One thread answers all: more of them at once end no earlier, but keep whatever
 * comes in between (a new connection, a health probe) waiting until all are done.
 */
const SLOTS = 4;
/** One address has at most half of them while others wait. */
const SLOTS_OF_ONE = SLOTS / 2;
/**
 * How long new connections go first. Node takes one of them in each turn of its loop: with work in each turn, the last
 * of a thousand waits for the work of all before it, whatever it asks for.
 */
const ARRIVALS_FIRST_MS = 1_000;
/** What is not answered by then waits for a body, a disk or a job, and keeps nobody waiting. */
const SLOT_MS = 200;

type Waiting = { start: () => void; response: ServerResponse };

/** A waiting line that is fair by address: of all addresses that wait, each has its turn. */
export class Admission {
  private readonly lines = new Map<string, Waiting[]>();
  private readonly held = new Map<string, number>();
  private free = SLOTS;
  private isFilling = false;

  private readonly arrivals: () => number;

  /** @param arrivals - how many connections have come in so far */
  constructor(arrivals: () => number) {
    this.arrivals = arrivals;
  }

  /** Calls `start` when it is this request's turn; never, when its client leaves before. */
  enter(address: string, response: ServerResponse, start: () => void): void {
    const line = this.lines.get(address);
    if (line) line.push({ start, response });
    else this.lines.set(address, [{ start, response }]);
    this.fill();
  }

  /** Begins what may begin, once a turn of the loop has brought no new connection. */
  private fill(): void {
    if (this.isFilling) return;
    this.isFilling = true;
    const deadline = performance.now() + ARRIVALS_FIRST_MS;
    const look = () => {
      const before = this.arrivals();
      setImmediate(() => {
        const isQuiet = this.arrivals() === before;
        if (!isQuiet && performance.now() < deadline) return look();
        this.isFilling = false;
        for (let next = this.next(); next !== null; next = this.next()) {
          this.run(next.address, next.waiting);
          if (!isQuiet) break;
        }
      });
    };
    look();
  }

  /** The first of the address whose turn it is; that address goes to the end of the line. */
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
    response.once('close', release);
    start();
  }
}
