import 'server-only';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@/lib/errors';
import { isThere, storageError } from './durable-files';
import { assertKey, isKey, linkWindow, type PresignedPut, type PutGrant } from './storage';

/** This server's route, which checks the links. */
const ROUTE = '/api/storage';
const SECRET_FILE = 'signing-secret';
/** The secret of an earlier version. A crafted slide could read it, so it is deleted and never used again. */
const EXPOSED_SECRET_FILE = 'secret';
/** Holds a digest of the operator's secret that was exposed so, or nothing. */
const EXPOSED_DIGEST_FILE = 'secret-to-change';
const SECRET_BYTES = 32;

export type Verb = 'GET' | 'PUT';

/** What a link grants. */
export type Grant = {
  verb: Verb;
  key: string;
  /** In seconds since 1970. */
  expires: number;
  /** Length of the body; null for GET. */
  bytes: number | null;
  type: string | null;
  /** The object that must exist for the link to work; null for none. */
  owner: string | null;
};

/** Links to the objects of a local storage, signed with HMAC-SHA256 by a secret in the storage's folder. */
export class SignedLinks {
  readonly #folder: string;
  readonly #givenSecret: string | undefined;
  #secret: Promise<Buffer> | undefined;

  /** @param givenSecret - the operator's; undefined = one that is made once and kept in the folder */
  constructor(folder: string, givenSecret: string | undefined) {
    this.#folder = folder;
    this.#givenSecret = givenSecret;
  }

  async put(key: string, { bytes, type, seconds, owner }: PutGrant): Promise<PresignedPut> {
    assertKey(owner);
    const expires = Math.ceil(Date.now() / 1000) + seconds;
    const url = await this.#sign({ verb: 'PUT', key, expires, bytes, type, owner });
    return { url, headers: { 'Content-Type': type } };
  }

  get(key: string, seconds: number): Promise<string> {
    const expires = linkWindow(seconds).until;
    return this.#sign({ verb: 'GET', key, expires, bytes: null, type: null, owner: null });
  }

  /**
   * Checks a link that `put` or `get` made.
   *
   * @returns what it grants
   * @throws AppError `invalid_link` when it is not ours, for another verb, or expired
   */
  async check(verb: Verb, key: string, query: URLSearchParams): Promise<Grant> {
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

  /**
   * Whether the operator's secret is still the one that an earlier version exposed to crafted slides.
   *
   * @param wasInUse - whether the storage held objects before this version
   */
  async hasExposedSecret(wasInUse: () => Promise<boolean>): Promise<boolean> {
    if (this.#givenSecret === undefined) return false;
    const digest = createHmac('sha256', this.#givenSecret).update(EXPOSED_DIGEST_FILE).digest('hex');
    const path = join(this.#folder, EXPOSED_DIGEST_FILE);
    const known = await readFile(path, 'utf8').catch(() => null);
    if (known !== null) return known === digest;
    const isExposed = await wasInUse();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(path, isExposed ? digest : '', { mode: 0o600 });
    return isExposed;
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

  /** Reads the secret, or makes one. Of several processes that start at the same moment one makes it. */
  async #readSecret(): Promise<Buffer> {
    await rm(join(this.#folder, EXPOSED_SECRET_FILE), { force: true });
    if (this.#givenSecret !== undefined) return Buffer.from(this.#givenSecret);
    const path = join(this.#folder, SECRET_FILE);
    const existing = await readFile(path).catch(() => null);
    if (existing) return existing;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const draft = `${path}-${randomBytes(8).toString('hex')}`;
    await writeFile(draft, randomBytes(SECRET_BYTES), { mode: 0o600, flush: true });
    // A hard link cannot replace a file, so the first process wins.
    await link(draft, path).catch((error: unknown) => {
      if (!isThere(error)) throw error;
    });
    await rm(draft);
    return readFile(path);
  }
}
