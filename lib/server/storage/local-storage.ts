import 'server-only';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { isDiskFull } from '@/lib/server/disk-full';
import {
  assertKey,
  assertPrefix,
  isKey,
  type ListedObject,
  linkWindow,
  type PresignedPut,
  type PutGrant,
  type Storage,
  type StoredObject,
} from './storage';

/** Our own route, which checks what is signed here. */
const ROUTE = '/api/storage';
/** The secret's file; one of an earlier version could be read by a crafted slide, and is not used again. */
const SECRET_FILE = 'signing-secret';
const EXPOSED_SECRET_FILE = 'secret';
/** Holds a digest of the operator's secret that was in use when that was found out, or nothing. */
const ASKED_FILE = 'secret-to-change';
/** A draft to which nothing was added for so long belongs to a server that is gone: a body that stalls is cut off sooner. */
const STALE_MS = 10 * 60_000;
const MAX_ATTEMPTS = 10;

/** How a draft gets its name. */
type Naming = (from: string, to: string) => Promise<void>;

export type Verb = 'GET' | 'PUT';
type Grant = {
  verb: Verb;
  key: string;
  expires: number;
  bytes: number | null;
  type: string | null;
  owner: string | null;
};
/** A body that is being received. */
type Receiving = { key: string; body: Readable; isDropped: boolean };

/** Objects as files under one directory; URLs signed with a secret of that directory. */
export class LocalStorage implements Storage {
  readonly #objects: string;
  readonly #unfinished: string;
  readonly #secretFile: string;
  readonly #givenSecret: string | undefined;
  #secret: Promise<Buffer> | undefined;
  /** Of this process. */
  readonly #receiving = new Set<Receiving>();

  constructor(directory: string, secret?: string) {
    const root = resolve(directory);
    this.#objects = join(root, 'objects');
    this.#unfinished = join(root, 'unfinished');
    this.#secretFile = join(root, SECRET_FILE);
    this.#givenSecret = secret;
  }

  async put(key: string, body: Uint8Array | Readable, bytes?: number): Promise<void> {
    await this.#write(key, body, { bytes, name: rename });
  }

  async putNew(key: string, body: Uint8Array): Promise<boolean> {
    try {
      // Unlike a renaming, a link never replaces what is there.
      await this.#write(key, body, { name: link });
      return true;
    } catch (error) {
      if (error instanceof AppError && isThere(error.cause)) return false;
      throw error;
    }
  }

  /**
   * Takes the body of a link that grants it, unless what the link belongs to is gone; also when it goes meanwhile.
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

  /** Writes a draft and gives it its name, once it is whole and on disk. */
  async #write(
    key: string,
    body: Uint8Array | Readable,
    { bytes, name, attempts = MAX_ATTEMPTS }: { bytes?: number | undefined; name: Naming; attempts?: number },
  ): Promise<void> {
    const path = this.#path(key);
    const draft = join(this.#unfinished, `${draftName(key)}${randomBytes(16).toString('hex')}`);
    const receiving = body instanceof Readable ? { key, body, isDropped: false } : null;
    if (receiving) this.#receiving.add(receiving);
    try {
      await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
      await writeDurably(draft, body, bytes);
      await makeFolderAnd(name, draft, path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (receiving?.isDropped) throw gone();
      // A deletion at the same moment has taken the draft with it. What is in memory can be written again.
      if (!isMissing(error) || receiving || attempts === 1) throw storageError(error);
      await this.#write(key, body, { bytes, name, attempts: attempts - 1 });
    } finally {
      if (receiving) this.#receiving.delete(receiving);
      await rm(draft, { force: true });
    }
  }

  async get(key: string): Promise<StoredObject | null> {
    try {
      const handle = await open(this.#path(key), 'r');
      const found = await handle.stat();
      if (found.isFile()) return { body: handle.createReadStream(), bytes: found.size };
      await handle.close();
      return null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw storageError(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertPrefix(prefix);
    yield* walk(join(this.#objects, prefix), prefix);
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

  /** What is being sent to a folder goes with it: by this process, and what another one has written so far. */
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

  /** The time by the clock that dates files: not this machine's, where the folder lies on another. */
  async #now(): Promise<number> {
    await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
    const path = join(this.#unfinished, `clock${randomBytes(16).toString('hex')}`);
    try {
      await writeFile(path, '', { flag: 'wx', mode: 0o600 });
      return (await stat(path)).mtimeMs;
    } catch (error) {
      // A full disk must not hide how a run stands.
      if (isDiskFull(error)) return Date.now();
      throw error;
    } finally {
      await rm(path, { force: true });
    }
  }

  async presignPut(key: string, { bytes, type, seconds, owner }: PutGrant): Promise<PresignedPut> {
    assertKey(owner);
    const url = await this.#sign({ verb: 'PUT', key, expires: expiry(seconds), bytes, type, owner });
    return { url, headers: { 'Content-Type': type } };
  }

  presignGet(key: string, seconds: number): Promise<string> {
    const expires = linkWindow(seconds).until;
    return this.#sign({ verb: 'GET', key, expires, bytes: null, type: null, owner: null });
  }

  /**
   * Checks a URL that `presignPut` or `presignGet` made.
   *
   * @returns what it grants
   * @throws AppError `invalid_link` when it is not ours, for another verb, or expired
   */
  async checkUrl(verb: Verb, key: string, query: URLSearchParams): Promise<Grant> {
    const number = (name: string) => (/^\d{1,15}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : null);
    const expires = number('expires') ?? 0;
    const [type, owner] = [query.get('type'), query.get('owner')];
    const grant: Grant = { verb, key, expires, bytes: number('bytes'), type, owner };
    const expected = await this.#signature(grant);
    const got = Buffer.from(query.get('signature') ?? '', 'base64url');
    if (!isKey(key) || got.length !== expected.length || !timingSafeEqual(got, expected))
      throw new AppError('invalid_link', 'This link was not made by this server, or not for this request.');
    if (expires * 1000 <= Date.now())
      throw new AppError('invalid_link', 'This link has expired; ask for the analysis again to get a new one.');
    return grant;
  }

  /** Removes what a server that died in mid-write has left. */
  async dropUnfinished(): Promise<void> {
    const now = await this.#now();
    for await (const { key, modified } of walk(this.#unfinished, ''))
      if (modified.getTime() < now - STALE_MS) await rm(join(this.#unfinished, key), { force: true });
  }

  /** Whether the secret that the operator gave is still the one that an earlier version exposed to crafted slides. */
  async hasExposedSecret(): Promise<boolean> {
    if (this.#givenSecret === undefined) return false;
    const digest = createHmac('sha256', this.#givenSecret).update(ASKED_FILE).digest('hex');
    const path = join(dirname(this.#secretFile), ASKED_FILE);
    const known = await readFile(path, 'utf8').catch(() => null);
    if (known !== null) return known === digest;
    const wasInUse = await stat(this.#objects).then(
      () => true,
      () => false,
    );
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, wasInUse ? digest : '', { mode: 0o600 });
    return wasInUse;
  }

  #path(key: string): string {
    assertKey(key);
    return join(this.#objects, key);
  }

  async #sign(grant: Grant): Promise<string> {
    assertKey(grant.key);
    const query = new URLSearchParams({ expires: String(grant.expires) });
    if (grant.bytes !== null) query.set('bytes', String(grant.bytes));
    if (grant.type !== null) query.set('type', grant.type);
    if (grant.owner !== null) query.set('owner', grant.owner);
    query.set('signature', (await this.#signature(grant)).toString('base64url'));
    return `${ROUTE}/${grant.key}?${query}`;
  }

  async #signature(grant: Grant): Promise<Buffer> {
    this.#secret ??= this.#readSecret();
    const secret = await this.#secret.catch((error: unknown) => {
      this.#secret = undefined;
      throw storageError(error);
    });
    const text = JSON.stringify([grant.verb, grant.key, grant.expires, grant.bytes, grant.type, grant.owner]);
    return createHmac('sha256', secret).update(text).digest();
  }

  /** The directory's own secret, made once, also when several processes start at the same moment. */
  async #readSecret(): Promise<Buffer> {
    await rm(join(dirname(this.#secretFile), EXPOSED_SECRET_FILE), { force: true });
    if (this.#givenSecret !== undefined) return Buffer.from(this.#givenSecret);
    const existing = await readFile(this.#secretFile).catch(() => null);
    if (existing) return existing;
    await mkdir(dirname(this.#secretFile), { recursive: true, mode: 0o700 });
    const draft = `${this.#secretFile}-${randomBytes(8).toString('hex')}`;
    await writeFile(draft, randomBytes(32), { mode: 0o600, flush: true });
    // A link cannot replace a file: the first process wins, and every one reads the same secret.
    await link(draft, this.#secretFile).catch((error: unknown) => {
      if (!isThere(error)) throw error;
    });
    await rm(draft);
    return readFile(this.#secretFile);
  }
}

/** Drafts lie side by side, under names by which those of a folder are found. No key has a percent sign. */
const draftName = (key: string) => key.replaceAll('/', '%');

const gone = () => new AppError('not_found', 'What was sent belongs to nothing any more: it was deleted or is over.');

const expiry = (seconds: number) => Math.ceil(Date.now() / 1000) + seconds;

/** On disk before it gets its name: a crash leaves the old object or the new one, never a part. */
async function writeDurably(path: string, body: Uint8Array | Readable, bytes: number | undefined): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await writeFile(handle, body instanceof Readable ? exactly(body, bytes) : body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Passes a stream on that gives as many bytes as announced, and breaks off at the first one too many. */
async function* exactly(body: Readable, bytes: number | undefined): AsyncGenerator<Buffer> {
  let got = 0;
  for await (const chunk of body) {
    got += chunk.length;
    if (bytes !== undefined && got > bytes) break;
    yield chunk;
  }
  if (bytes !== undefined && got !== bytes)
    throw new AppError('upload_incomplete', `${bytes} bytes were announced, ${got > bytes ? 'more' : got} arrived.`);
}

/** A deletion at the same moment may remove the folder between its making and the naming. */
async function makeFolderAnd(name: Naming, from: string, to: string, attempts = 10): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await name(from, to);
  } catch (error) {
    if (!isMissing(error) || attempts === 1) throw error;
    await makeFolderAnd(name, from, to, attempts - 1);
  }
}

/** The new name itself must reach the disk; some file systems cannot sync a folder and keep it anyway. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Files under a folder, which may vanish while it is read. */
async function* walk(folder: string, prefix: string): AsyncGenerator<ListedObject> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (isMissing(error)) return [];
    throw storageError(error);
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, `${prefix}${entry.name}/`);
    else {
      const found = await stat(path).catch(() => null);
      if (found) yield { key: `${prefix}${entry.name}`, bytes: found.size, modified: found.mtime };
    }
  }
}

const isMissing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const isThere = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

function storageError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (isDiskFull(cause))
    return new AppError('storage_full', 'The storage of this server is full; nothing was stored.', { cause });
  return new AppError('storage_unavailable', `The storage of this server failed (${code ?? 'unknown'}).`, { cause });
}
