import 'server-only';
import { AppError } from '@/lib/errors';

export type FairLineLimits = {
  /** How many are inside at once. */
  places: number;
  /** How many may wait; one client has at most half of them. */
  waiting: number;
  /** Of what, in the refusal: "slides wait to be unpacked". */
  what: string;
  retrySeconds: number;
};

/** Whom somebody counts against, and whether he was admitted elsewhere already and is not to be turned away. */
export type Arrival = { client: string; isAdmitted?: boolean | undefined };

type Waiting = { client: string; enter: () => void };

/**
 * A line that is fair by client: a place that comes free goes to the client that has the fewest, of these to the one
 * served longest ago, of his to the one who came first.
 */
export class FairLine {
  private readonly limits: FairLineLimits;
  private readonly waiting: Waiting[] = [];
  private readonly held = new Map<string, number>();
  /** Clients in the order of their last turn, the latest last; those alone who wait or have a place. */
  private readonly served = new Set<string>();
  private inside = 0;

  constructor(limits: FairLineLimits) {
    this.limits = limits;
  }

  /**
   * Waits for a place.
   *
   * @returns what gives it back, once
   * @throws AppError `queue_full`
   */
  async enter({ client, isAdmitted = false }: Arrival): Promise<() => void> {
    if (!isAdmitted) this.assertRoom(client);
    await new Promise<void>((enter) => {
      this.waiting.push({ client, enter });
      this.fill();
    });
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.leave(client);
    };
  }

  load(): { waiting: number; inside: number } {
    return { waiting: this.waiting.length, inside: this.inside };
  }

  private assertRoom(client: string): void {
    const { places, waiting: limit, what, retrySeconds } = this.limits;
    if (this.inside < places) return;
    const own = this.waiting.filter((other) => other.client === client).length;
    if (this.waiting.length < limit && own < limit / 2) return;
    throw new AppError(
      'queue_full',
      `${this.waiting.length} ${what}, ${own} of them from this address; ${limit} may, half of them from one address. Try again in ${retrySeconds} s.`,
      { retryAfterSeconds: retrySeconds },
    );
  }

  private fill(): void {
    while (this.waiting.length > 0 && this.inside < this.limits.places) {
      const order = [...this.served];
      const rank = ({ client }: Waiting) =>
        (this.held.get(client) ?? 0) * (order.length + 1) + order.indexOf(client) + 1;
      const next = this.waiting.reduce((best, other) => (rank(other) < rank(best) ? other : best));
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.inside++;
      this.held.set(next.client, (this.held.get(next.client) ?? 0) + 1);
      this.served.delete(next.client);
      this.served.add(next.client);
      next.enter();
    }
  }

  private leave(client: string): void {
    this.inside--;
    const left = (this.held.get(client) ?? 1) - 1;
    if (left > 0) this.held.set(client, left);
    else this.held.delete(client);
    this.fill();
    if (!this.held.has(client) && !this.waiting.some((other) => other.client === client)) this.served.delete(client);
  }
}
