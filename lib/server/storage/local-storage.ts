import 'server-only';
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { isDiskFull } from '@/lib/server/disk-full';
import { isMissing, isThere, listFiles, type Naming, nameDurably, storageError, writeDurably } from './durable-files';
import { type Grant, SignedLinks } from './signed-links';
import {
  assertKey,
  assertPrefix,
  type ByteRange,
  type ListedObject,
  type PresignedPut,
  type PutGrant,
  type Storage,
  type StoredObject,
} from './storage';

/** A draft that has not grown for so long belongs to a dead server, since a stalled body is refused sooner. */
const STALE_MS = 10 * 60_000;
/** How often an object in memory is written again when a deletion takes its draft. */
const MAX_ATTEMPTS = 10;

/** A body that is being received. */
type Receiving = { key: string; body: Readable; isDropped: boolean };

/** Objects as files under one directory, with links that this server signs. */
export class LocalStorage implements Storage {
  readonly links: SignedLinks;
  readonly #objects: string;
  /** Where drafts are until they are complete. */
  readonly #unfinished: string;
  /** The bodies that this process receives. */
  readonly #receiving = new Set<Receiving>();

  constructor(directory: string, secret?: string) {
    const root = resolve(directory);
    this.#objects = join(root, 'objects');
    this.#unfinished = join(root, 'unfinished');
    this.links = new SignedLinks(root, secret);
  }

  /** Makes the folder of the storage, on whose disk the objects lie. @returns its path */
  async makeRoot(): Promise<string> {
    await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
    return this.#unfinished;
  }

  async put(key: string, body: Uint8Array | Readable, bytes?: number): Promise<void> {
    await this.#write(key, body, { bytes, naming: rename });
  }

  async putNew(key: string, body: Uint8Array): Promise<boolean> {
    try {
      // Unlike a rename, a hard link never replaces what is there.
      await this.#write(key, body, { naming: link });
      return true;
    } catch (error) {
      if (error instanceof AppError && isThere(error.cause)) return false;
      throw error;
    }
  }

  /**
   * Stores the body that was sent by a link, unless the link's owner was deleted before or is deleted meanwhile.
   *
   * @throws AppError `not_found`, or as `put` does
   */
  async receive(key: string, body: Readable, { bytes, owner }: Pick<Grant, 'bytes' | 'owner'>): Promise<void> {
    const assertOwned = async () => {
      if (owner !== null && !(await stat(this.#path(owner)).catch(() => null))) throw gone();
    };
    await assertOwned();
    await this.put(key, body, bytes ?? undefined);
    await assertOwned().catch(async (error: unknown) => {
      await rm(this.#path(key), { force: true });
      throw error;
    });
  }

  /** Writes a draft, and gives it its name when it is complete and on the disk. */
  async #write(
    key: string,
    body: Uint8Array | Readable,
    { bytes, naming, attempts = MAX_ATTEMPTS }: { bytes?: number | undefined; naming: Naming; attempts?: number },
  ): Promise<void> {
    const path = this.#path(key);
    const draft = join(this.#unfinished, `${draftName(key)}${randomBytes(16).toString('hex')}`);
    const receiving = body instanceof Readable ? { key, body, isDropped: false } : null;
    if (receiving) this.#receiving.add(receiving);
    try {
      await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
      await writeDurably(draft, body, bytes);
      await nameDurably(naming, draft, path);
    } catch (error) {
      if (receiving?.isDropped) throw gone();
      // A deletion at the same moment removed the draft. An object in memory can be written again.
      if (!isMissing(error) || receiving || attempts === 1) throw storageError(error);
      await this.#write(key, body, { bytes, naming, attempts: attempts - 1 });
    } finally {
      if (receiving) this.#receiving.delete(receiving);
      await rm(draft, { force: true });
    }
  }

  async get(key: string, range?: ByteRange): Promise<StoredObject | null> {
    try {
      const handle = await open(this.#path(key), 'r');
      const found = await handle.stat();
      const part = range && {
        start: range.offset,
        end: Math.min(Number.MAX_SAFE_INTEGER, range.offset + range.length - 1),
      };
      if (found.isFile()) return { body: handle.createReadStream(part), bytes: found.size };
      await handle.close();
      return null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw storageError(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertPrefix(prefix);
    yield* listFiles(join(this.#objects, prefix), prefix);
  }

  async delete(prefix: string): Promise<void> {
    assertPrefix(prefix);
    try {
      await rm(join(this.#objects, prefix), { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
      await this.#dropDrafts(prefix);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Drops what is being received for a folder: by this process, and drafts of others. */
  async #dropDrafts(prefix: string): Promise<void> {
    for (const receiving of this.#receiving) {
      if (!receiving.key.startsWith(prefix)) continue;
      receiving.isDropped = true;
      receiving.body.destroy();
    }
    const names = await readdir(this.#unfinished).catch(() => []);
    for (const name of names)
      if (name.startsWith(draftName(prefix))) await rm(join(this.#unfinished, name), { force: true });
  }

  async age(key: string): Promise<number | null> {
    try {
      const { mtimeMs } = await stat(this.#path(key));
      return (await this.#now()) - mtimeMs;
    } catch (error) {
      if (isMissing(error)) return null;
      throw storageError(error);
    }
  }

  /** The time by the clock that dates files, which is another machine's for a network folder. */
  async #now(): Promise<number> {
    await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
    const path = join(this.#unfinished, `clock${randomBytes(16).toString('hex')}`);
    try {
      await writeFile(path, '', { flag: 'wx', mode: 0o600 });
      return (await stat(path)).mtimeMs;
    } catch (error) {
      // A full disk must not hide the state of a run.
      if (isDiskFull(error)) return Date.now();
      throw error;
    } finally {
      await rm(path, { force: true });
    }
  }

  presignPut(key: string, grant: PutGrant): Promise<PresignedPut> {
    return this.links.put(key, grant);
  }

  presignGet(key: string, seconds: number): Promise<string> {
    return this.links.get(key, seconds);
  }

  /** Removes drafts that a server left when it was killed. */
  async dropUnfinished(): Promise<void> {
    const now = await this.#now();
    for await (const { key, modified } of listFiles(this.#unfinished, ''))
      if (modified.getTime() < now - STALE_MS) await rm(join(this.#unfinished, key), { force: true });
  }

  /** Whether the operator's secret is still the one that an earlier version exposed to crafted slides. */
  hasExposedSecret(): Promise<boolean> {
    const isThereAny = () =>
      stat(this.#objects).then(
        () => true,
        () => false,
      );
    return this.links.hasExposedSecret(isThereAny);
  }

  #path(key: string): string {
    assertKey(key);
    return join(this.#objects, key);
  }
}

/** The start of a draft's name, by which the drafts of a folder are found. No key has a percent sign. */
const draftName = (key: string) => key.replaceAll('/', '%');

const gone = () => new AppError('not_found', 'The analysis of this upload was deleted, or its upload has ended.');
