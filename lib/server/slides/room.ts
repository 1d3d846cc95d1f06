import 'server-only';
import { stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { AppError } from '@/lib/errors';
import { getLocalStorage } from '@/lib/server/storage';

/** Of the file that is sent: its parts and the copy in the storage, the joined file and the new tiles in the temporary folder. */
const COPIES = { storage: 2, temporary: 2 };

/**
 * Checks before a slide is sent whether the disks have room for it. The joined file is gone before the copy is stored, so on
 * one disk it takes three times its size at most.
 *
 * @param isSent - whether its parts are there already
 * @throws AppError `storage_full` with the bytes that are needed and those that are free
 */
export async function assertRoomForSlide(bytes: number, { isSent }: { isSent: boolean }): Promise<void> {
  const storage = getLocalStorage();
  const sent = isSent ? 1 : 0;
  const temporary = await diskOf(tmpdir());
  const kept = storage && (await diskOf(await storage.makeRoot()));
  if (kept === null || kept.device !== temporary.device) {
    assertFree(COPIES.temporary * bytes, temporary.free, 'temporary folder');
    if (kept) assertFree((COPIES.storage - sent) * bytes, kept.free, 'storage');
    return;
  }
  assertFree((COPIES.storage + COPIES.temporary - 1 - sent) * bytes, kept.free, 'disk');
}

/** Bytes that the maps and nuclei of a pixel of dense tissue take (`scoring/README.md`). */
const BYTES_PER_SCORED_PIXEL = 1.6;

/**
 * Checks before a part of a slide is scored whether the disk has room for what is kept of it.
 *
 * @param pixels - that are yet to be scored, without glass (`scoring/kept-pixels.ts`)
 * @throws AppError `storage_full`, as above
 */
export async function assertRoomForScoring(pixels: number): Promise<void> {
  const storage = getLocalStorage();
  if (!storage) return;
  const { free } = await diskOf(await storage.makeRoot());
  assertFree(Math.ceil(BYTES_PER_SCORED_PIXEL * pixels), free, 'storage', 'To score this part of the slide');
}

function assertFree(needed: number, free: number, where: string, what = 'To take in this slide'): void {
  if (needed <= free) return;
  throw new AppError(
    'storage_full',
    `${what} needs ${needed} bytes (${gigabytes(needed)} GB) of the server's ${where}, which has ${free} (${gigabytes(free)} GB) free.`,
  );
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);

async function diskOf(folder: string): Promise<{ device: number; free: number }> {
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)]);
  return { device: dev, free: bavail * bsize };
}
