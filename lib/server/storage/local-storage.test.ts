import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalStorage } from './local-storage';
import { readObject } from './storage';

describe('LocalStorage', () => {
  let directory: string;
  let storage: LocalStorage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restain-local-'));
    storage = new LocalStorage(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const unfinished = () => readdir(join(directory, 'unfinished'));
  const text = async (key: string) => (await readObject(storage, key))?.toString();

  it.each([
    ['ENOSPC', 'storage_full'],
    ['EDQUOT', 'storage_full'],
    ['EIO', 'storage_unavailable'],
  ])('answers %s with %s, leaves nothing half-written and the old object whole', async (code, expected) => {
    await storage.put('a/x', Buffer.from('old'));
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('new and');
        throw Object.assign(new Error(code), { code });
      })(),
    );
    await expect(storage.put('a/x', failing, 100)).rejects.toMatchObject({ code: expected });
    expect(await unfinished()).toEqual([]);
    expect(await text('a/x')).toBe('old');
  });

  it.each(['12', '1234'])(
    'stores nothing of a stream of another length than announced: %j for 3 bytes',
    async (body) => {
      await expect(storage.put('a/x', Readable.from([Buffer.from(body)]), 3)).rejects.toMatchObject({
        code: 'upload_incomplete',
      });
      expect(await storage.get('a/x')).toBeNull();
      expect(await unfinished()).toEqual([]);
    },
  );

  it('does not use the secret of an earlier version, which a crafted slide could read, and deletes it', async () => {
    await writeFile(join(directory, 'secret'), Buffer.alloc(32, 7));
    const [made, again] = [
      await storage.presignGet('a/x', 60),
      await new LocalStorage(directory).presignGet('a/x', 60),
    ];
    expect(new URL(made, 'http://x').searchParams.get('signature')).toBe(
      new URL(again, 'http://x').searchParams.get('signature'),
    );
    const files = await readdir(directory);
    expect(files).not.toContain('secret');
    expect((await readFile(join(directory, 'signing-secret'))).equals(Buffer.alloc(32, 7))).toBe(false);
  });

  it('asks for another secret than the operator’s until there is one, where there was a storage before', async () => {
    const ask = (secret?: string) => new LocalStorage(directory, secret).hasExposedSecret();
    expect(await ask()).toBe(false);
    await storage.put('a/x', Buffer.from('x'));
    const old = 'o'.repeat(32);
    expect([await ask(old), await ask(old), await ask('n'.repeat(32)), await ask(old)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it('does not ask for another secret where the storage is new', async () => {
    const fresh = new LocalStorage(join(directory, 'fresh'), 'o'.repeat(32));
    expect(await fresh.hasExposedSecret()).toBe(false);
    await fresh.put('a/x', Buffer.from('x'));
    expect(await fresh.hasExposedSecret()).toBe(false);
  });

  it('lets one of several writers at once win, and mixes none', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => Buffer.alloc(50_000, 65 + i));
    await Promise.all(bodies.map((body) => storage.put('a/x', body)));
    const stored = await readObject(storage, 'a/x');
    expect(bodies.some((body) => body.equals(stored!))).toBe(true);
  });

  it('does not lose a write to a deletion at the same moment, nor fail it', async () => {
    for (let i = 0; i < 30; i++)
      await Promise.all([storage.put(`a/deep/${i}`, Buffer.from('x')), storage.delete('a/deep/')]);
  });

  it('makes one secret for all processes over the directory, which only its user may read', async () => {
    const urls = await Promise.all(Array.from({ length: 8 }, () => new LocalStorage(directory).presignGet('a/x', 60)));
    for (const url of urls) await storage.links.check('GET', 'a/x', new URL(url, 'http://localhost').searchParams);
    expect((await stat(join(directory, 'signing-secret'))).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).filter((name) => name.startsWith('signing-secret'))).toEqual(['signing-secret']);
  });

  it('believes no link of a server with another secret', async () => {
    const url = await new LocalStorage(directory, 'x'.repeat(32)).presignGet('a/x', 60);
    const query = new URL(url, 'http://localhost').searchParams;
    await expect(storage.links.check('GET', 'a/x', query)).rejects.toMatchObject({ code: 'invalid_link' });
  });

  it('takes nothing by a link whose owner is gone, before it is sent or meanwhile', async () => {
    const owned = { bytes: 3, owner: 'a/open' };
    const gone = { code: 'not_found' };
    await expect(storage.receive('a/part', Readable.from([Buffer.from('raw')]), owned)).rejects.toMatchObject(gone);
    await storage.put('a/open', Buffer.from('{}'));
    await storage.receive('a/part', Readable.from([Buffer.from('raw')]), owned);
    expect(await text('a/part')).toBe('raw');
    const late = Readable.from(
      (async function* () {
        yield Buffer.from('ra');
        await rm(join(directory, 'objects/a/open'));
        yield Buffer.from('w');
      })(),
    );
    await expect(storage.receive('a/late', late, owned)).rejects.toMatchObject(gone);
    expect(await storage.get('a/late')).toBeNull();
  });

  it('leaves no draft of what is deleted while it is sent, whether its sender goes on or stalls', async () => {
    const stalled = new Readable({ read: () => undefined });
    stalled.push(Buffer.from('raw pixels'));
    await storage.put('a/open', Buffer.from('{}'));
    await storage.put('ab/open', Buffer.from('{}'));
    const sent = storage.receive('a/upload/1', stalled, { bytes: 100, owner: 'a/open' });
    const refused = expect(sent).rejects.toMatchObject({ code: 'not_found' });
    const neighbour = new Readable({ read: () => undefined });
    neighbour.push(Buffer.from('abc'));
    const other = storage.receive('ab/upload/1', neighbour, { bytes: 4, owner: 'ab/open' });
    await expect.poll(unfinished).toHaveLength(2);
    await storage.delete('a/');
    await refused;
    expect(await unfinished()).toHaveLength(1);
    neighbour.push(Buffer.from('d'));
    neighbour.push(null);
    await other;
    expect(await text('ab/upload/1')).toBe('abcd');
  });

  it('deletes the drafts that another server has left or is writing, too', async () => {
    const folder = join(directory, 'unfinished');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a%upload%1%0123'), 'raw pixels');
    await storage.delete('a/');
    expect(await unfinished()).toEqual([]);
  });

  it('removes what a dead server left half-written, and not what is being written', async () => {
    const folder = join(directory, 'unfinished');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'dead'), 'x');
    await writeFile(join(folder, 'alive'), 'x');
    const before = new Date(Date.now() - 11 * 60_000);
    await utimes(join(folder, 'dead'), before, before);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
    await storage.dropUnfinished().finally(() => clock.mockRestore());
    expect(await unfinished()).toEqual(['alive']);
  });
});
