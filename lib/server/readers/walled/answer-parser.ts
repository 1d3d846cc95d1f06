import 'server-only';

/** An answer of the reading process: JSON, an error as JSON, or pixels, which are in the array that was given for them. */
export type Answer = { kind: 'json' | 'error'; json: string } | { kind: 'pixels' };

const HEAD_BYTES = 5;
const MAX_JSON_BYTES = 8 << 20;

/** Parses one answer from the chunks of a pipe: 1 byte of kind, 4 of length (big-endian), then the body. */
export class AnswerParser {
  private head = Buffer.alloc(0);
  private body: Uint8Array | null = null;
  private received = 0;
  private readonly pixels: Uint8Array | undefined;

  /** @param pixels - where pixels are written; their number must match */
  constructor(pixels?: Uint8Array) {
    this.pixels = pixels;
  }

  /**
   * @returns the answer, or null while it is not complete
   * @throws for a chunk that the protocol does not allow; the process must not be trusted any more
   */
  push(chunk: Buffer): Answer | null {
    let rest = chunk;
    if (this.body === null) {
      this.head = Buffer.concat([this.head, chunk]);
      if (this.head.length < HEAD_BYTES) return null;
      rest = this.head.subarray(HEAD_BYTES);
      const length = this.head.readUInt32BE(1);
      if (this.kind === 'P') {
        if (this.pixels === undefined || length !== this.pixels.length) throw new Error('a wrong number of pixels');
        this.body = this.pixels;
      } else {
        if (length > MAX_JSON_BYTES) throw new Error('too long');
        this.body = new Uint8Array(length);
      }
    }
    if (this.received + rest.length > this.body.length) throw new Error('more than the answer');
    this.body.set(rest, this.received);
    this.received += rest.length;
    if (this.received < this.body.length) return null;
    if (this.kind === 'P') return { kind: 'pixels' };
    return { kind: this.kind === 'J' ? 'json' : 'error', json: Buffer.from(this.body).toString('utf8') };
  }

  private get kind(): string {
    return String.fromCharCode(this.head.readUInt8(0));
  }
}
