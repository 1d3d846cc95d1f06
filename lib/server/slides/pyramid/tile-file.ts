import 'server-only';
import { type FileHandle, open } from 'node:fs/promises';

/** Tiles one behind the other in a temporary file, in the order in which they are done. */
export class TileFile {
  #bytes = 0;
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<TileFile> {
    return new TileFile(await open(path, 'wx+', 0o600));
  }

  /** Bytes of all tiles. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns where the tile starts */
  async append(tile: Buffer): Promise<number> {
    const at = this.#bytes;
    this.#bytes += tile.length;
    await this.#file.write(tile, 0, tile.length, at);
    return at;
  }

  async read(at: number, length: number): Promise<Buffer> {
    const tile = Buffer.alloc(length);
    await this.#file.read(tile, 0, length, at);
    return tile;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
