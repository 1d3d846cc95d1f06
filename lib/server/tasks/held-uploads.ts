import 'server-only';
import { randomUUID } from 'node:crypto';
import { AppError } from '@/lib/errors';
import type { ByteLease } from '@/lib/server/http/byte-lease';
import { processWide } from '@/lib/server/process-wide';

type HeldUpload = { files: Partial<Record<string, Uint8Array>>; lease: ByteLease };

const held = processWide('held-uploads', () => new Map<string, HeldUpload>());

/**
 * Holds the files of a request until its job has decoded them, or will not.
 *
 * Images that are posted to the API are never stored, neither on a disk nor in a bucket. So a job names them by an id
 * that means something in this process alone, and has to be done by the process that took the request.
 *
 * @param upload - its lease counts the bytes, and is released with them
 * @returns the id of what is held; whoever asked lets go of it by `releaseUpload`, whatever comes of the job
 */
export function holdUpload({ files, lease }: HeldUpload): string {
  const id = randomUUID();
  held.set(id, { files: { ...files }, lease });
  return id;
}

/** A file of an upload that is held. @throws AppError `internal` for one that is not, or not any more */
export function heldFile(id: string, name: string): Uint8Array {
  const bytes = held.get(id)?.files[name];
  if (bytes === undefined) throw new AppError('internal', `no file ${name} is held of this upload`);
  return bytes;
}

/** Lets go of a file that is decoded while others of its upload are not. */
export function dropHeldFile(id: string, name: string): void {
  delete held.get(id)?.files[name];
}

/** Lets go of an upload and its bytes; nothing when that is done already. */
export function releaseUpload(id: string): void {
  held.get(id)?.lease.release();
  held.delete(id);
}
