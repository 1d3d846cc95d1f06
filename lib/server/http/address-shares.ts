import 'server-only';

/** Counts how many of something each address has now. Addresses that have none take no memory. */
export class AddressShares {
  private readonly counts = new Map<string, number>();

  /** @returns how many this address has now, including the new one */
  enter(address: string): number {
    const count = this.of(address) + 1;
    this.counts.set(address, count);
    return count;
  }

  leave(address: string): void {
    const count = this.of(address) - 1;
    if (count > 0) this.counts.set(address, count);
    else this.counts.delete(address);
  }

  of(address: string): number {
    return this.counts.get(address) ?? 0;
  }
}
