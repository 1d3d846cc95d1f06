import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import { crc32 } from '@/lib/server/crc32';

/** The files of an archive by name, each checked against its checksum, read by another library than the one that writes. */
export async function openZip(bytes: Uint8Array): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(Buffer.from(bytes));
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const content = await buffer(await zip.openReadStreamPromise(entry));
    if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName} has another checksum than is stated`);
    files.set(entry.fileName, content);
  }
  return files;
}
