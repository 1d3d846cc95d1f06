import 'server-only';
import { randomBytes } from 'node:crypto';
import { ANALYSES_FOLDER } from '@/lib/server/analyses/record';
import { getEnv } from '@/lib/server/env';
import { getStorage } from '@/lib/server/storage';
import { readObject, type Storage } from '@/lib/server/storage/storage';
import { doubt, type Finding, fault, ok, reasonOf } from './finding';

/** A request that is signed is refused where the clocks differ by more (S3). */
const MAX_SKEW_MINUTES = 15;
const DOUBTFUL_SKEW_SECONDS = 60;
const LINK_SECONDS = 60;
const BYTES = Buffer.from('what npm run doctor writes, reads and deletes again');

/** Writes an object, reads it whole and in part, and deletes it, as the server does. */
export async function examineStorage(): Promise<Finding[]> {
  const { storage: settings } = getEnv();
  const name = settings.provider === 's3' ? `bucket ${settings.bucket}` : `folder ${settings.directory}`;
  const storage = getStorage();
  // Among the analyses, since the least policy of a bucket allows no other place. No record: a sweeper deletes it, too.
  const folder = `${ANALYSES_FOLDER}doctor-${randomBytes(8).toString('hex')}/`;
  const key = `${folder}test.bin`;
  try {
    await storage.put(key, BYTES);
  } catch (error) {
    return [fault(`The storage (${name}) cannot be written: ${reasonOf(error)}.`)];
  }
  const findings: Finding[] = [ok(`The storage (${name}) can be written.`)];
  const examine = async (what: string, look: () => Promise<Finding | Finding[]>) => {
    const found = await look().catch((error: unknown) => fault(`The storage does not ${what}: ${reasonOf(error)}.`));
    findings.push(...[found].flat());
  };
  await examine('read', () => examineReading(storage, key));
  await examine('keep what is there', () => examineNew(storage, key));
  await examine('list', () => examineListing(storage, folder));
  if (settings.provider === 's3') {
    await examine('tell the time', () => examineClock(storage, key));
    await examine('let browsers in', () => examineCors(storage, key));
  }
  await examine('delete', async () => {
    await storage.delete(folder);
    const left = await storage.age(key);
    return left === null ? ok('It deletes.') : fault('The storage does not delete: the object is still there.');
  });
  return findings;
}

async function examineReading(storage: Storage, key: string): Promise<Finding> {
  const whole = await readObject(storage, key);
  if (!whole?.equals(BYTES)) return fault('The storage gives other bytes than it was given.');
  const object = await storage.get(key, { offset: 5, length: 10 });
  const chunks: Buffer[] = [];
  for await (const chunk of object?.body ?? []) chunks.push(chunk as Buffer);
  const isPart = Buffer.concat(chunks).equals(BYTES.subarray(5, 15)) && object?.bytes === BYTES.length;
  return isPart
    ? ok('It reads, and it reads parts of objects.')
    : fault('The storage ignores ranges: slides need them.');
}

async function examineNew(storage: Storage, key: string): Promise<Finding> {
  return (await storage.putNew(key, Buffer.from('x')))
    ? doubt(
        'The storage replaces an object where it was told not to (If-None-Match). Two servers may then both take over one analysis.',
      )
    : ok('It lets one of two writers create an object.');
}

async function examineListing(storage: Storage, folder: string): Promise<Finding> {
  const keys: string[] = [];
  for await (const { key } of storage.list(folder)) keys.push(key);
  return keys.length === 1 ? ok('It lists.') : fault(`The storage lists ${keys.length} objects where there is 1.`);
}

async function examineClock(storage: Storage, key: string): Promise<Finding> {
  const answer = await fetch(await storage.presignGet(key, LINK_SECONDS));
  await answer.body?.cancel();
  if (!answer.ok)
    return fault(`A link for reading is answered with ${answer.status}: the storage does not accept our signature.`);
  const there = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(there)) return doubt('The storage does not tell its time (no header Date).');
  const seconds = Math.round(Math.abs(Date.now() - there) / 1000);
  if (seconds > MAX_SKEW_MINUTES * 60)
    return fault(`The clocks of this machine and of the storage differ by ${seconds} s: links will be refused.`);
  if (seconds > DOUBTFUL_SKEW_SECONDS)
    return doubt(
      `The clocks of this machine and of the storage differ by ${seconds} s; at ${MAX_SKEW_MINUTES} minutes links are refused.`,
    );
  return ok('Its clock agrees with this machine’s.');
}

/** Asks as a browser on our pages would before it sends a part of a file. */
async function examineCors(storage: Storage, key: string): Promise<Finding> {
  const { publicUrl } = getEnv().http;
  if (publicUrl === undefined)
    return doubt(
      'Whether browsers may send to the bucket (CORS) cannot be seen: set PUBLIC_URL to the address of the site.',
    );
  const { origin } = new URL(publicUrl);
  const grant = { bytes: BYTES.length, type: 'application/octet-stream', seconds: LINK_SECONDS, owner: key };
  const { url } = await storage.presignPut(key, grant);
  const asked = {
    Origin: origin,
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'content-type',
  };
  const answer = await fetch(url, { method: 'OPTIONS', headers: asked });
  await answer.body?.cancel();
  const allowed = answer.headers.get('access-control-allow-origin');
  if (answer.ok && (allowed === origin || allowed === '*'))
    return ok(`It lets browsers on ${origin} send and read (CORS).`);
  return fault(
    `Browsers on ${origin} may not send to the bucket: its CORS rule is missing or names other addresses. lib/server/storage/README.md has one.`,
  );
}
