import 'server-only';
import { AppError } from '@/lib/errors';

export type FairLineLimits = {
  /** How many have a place at once. */
  places: number;
  /** How many may wait. One client has at most half of them. */
  waiting: number;
  /** What waits, for the refusal: "slides wait to be unpacked". */
  what: string;
  retrySeconds: number;
};

/** The client that a place counts against. `isAdmitted` is set for work that waited in another line; it is not refused here. */
export type Arrival = { client: string; isAdmitted?: boolean | undefined };

/** A place, from `enter` until `leave`. */
export type Place = {
  /** Gives the place back. A second call does nothing. */
  leave(): void;
  /**
   * Says that the place is not used for now. `giveUp` is called once when another waits for a place, which may be at once.
   * It must lead to `leave`.
   */
  rest(giveUp: () => void): void;
  /** Ends the rest. Does nothing after `giveUp` was called. */
  resume(): void;
};

type Waiting = { client: string; enter: () => void };

/**
 * A waiting line that is fair by client. A free place goes to the client that uses the fewest, then to the one that was
 * served longest ago, then in order of arrival. When somebody waits, resting places are asked back, the longest at rest
 * first.
 */
export class FairLine {
  private readonly limits: FairLineLimits;
  private readonly waiting: Waiting[] = [];
  /** Places that each client uses. */
  private readonly held = new Map<string, number>();
  /** Clients that wait or have a place, in the order of their last turn, the latest last. */
  private readonly served = new Set<string>();
  /** Resting places and their `giveUp`, the longest at rest first. */
  private readonly resting = new Map<Place, () => void>();
  /** Places that were asked back and are not left yet. */
  private readonly askedBack = new Set<Place>();
  private inside = 0;

  constructor(limits: FairLineLimits) {
    this.limits = limits;
  }

  /**
   * Waits for a place.
   *
   * @throws AppError `queue_full`
   */
  async enter({ client, isAdmitted = false }: Arrival): Promise<Place> {
    if (!isAdmitted) this.assertRoom(client);
    await new Promise<void>((enter) => {
      this.waiting.push({ client, enter });
      this.fill();
    });
    return this.placeOf(client);
  }

  load(): { waiting: number; inside: number } {
    return { waiting: this.waiting.length, inside: this.inside };
  }

  private placeOf(client: string): Place {
    let isLeft = false;
    const place: Place = {
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        this.leave(place, client);
      },
      rest: (giveUp) => {
        if (isLeft || this.resting.has(place) || this.askedBack.has(place)) return;
        this.count(client, -1);
        this.resting.set(place, giveUp);
        this.fill();
      },
      resume: () => {
        if (this.resting.delete(place)) this.count(client, 1);
      },
    };
    return place;
  }

  private assertRoom(client: string): void {
    const { places, waiting: limit, what, retrySeconds } = this.limits;
    if (this.inside - this.resting.size < places) return;
    const own = this.waiting.filter((other) => other.client === client).length;
    if (this.waiting.length < limit && own < limit / 2) return;
    throw new AppError(
      'queue_full',
      `${this.waiting.length} ${what}, ${own} of them from this address. At most ${limit} may wait, and half of them from one address. Try again in ${retrySeconds} s.`,
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
      this.count(next.client, 1);
      this.served.delete(next.client);
      this.served.add(next.client);
      next.enter();
    }
    for (const [place, giveUp] of this.resting) {
      if (this.waiting.length <= this.askedBack.size) return;
      this.resting.delete(place);
      this.askedBack.add(place);
      giveUp();
    }
  }

  private count(client: string, change: 1 | -1): void {
    const held = (this.held.get(client) ?? 0) + change;
    if (held > 0) this.held.set(client, held);
    else this.held.delete(client);
  }

  private leave(place: Place, client: string): void {
    this.inside--;
    const isUsed = !this.resting.delete(place) && !this.askedBack.delete(place);
    if (isUsed) this.count(client, -1);
    this.fill();
    const isHere = this.held.has(client) || this.waiting.some((other) => other.client === client);
    if (!isHere) this.served.delete(client);
  }
}
