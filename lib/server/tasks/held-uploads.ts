import 'server-only';
import { randomUUID } from 'node:crypto';
import type { PostprocessOptions } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import type { ByteLease } from '@/lib/server/http/byte-lease';
import { processWide } from '@/lib/server/process-wide';
import { ImageFile } from '@/lib/server/readers/read-image';
import { readOptions } from './task-options';

/** A posted file: its bytes, and the image that is read from them. */
type HeldFile = { bytes: Uint8Array; image: ImageFile };
type HeldUpload = { files: Map<string, HeldFile>; lease: ByteLease };

const held = processWide('held-uploads', () => new Map<string, HeldUpload>());

type Posted = { files: Partial<Record<string, Uint8Array>>; options: PostprocessOptions; lease: ByteLease };

/**
 * Holds the files of a request until its job has decoded them, or will not.
 *
 * Images that are posted to the API are never stored, neither on a disk nor in a bucket. So a job names them by an id
 * that means something in this process alone, and has to be done by the process that took the request.
 *
 * @param posted - its lease counts the bytes, and is released with them
 * @returns the id of what is held; whoever asked lets go of it by `releaseUpload`, whatever comes of the job
 */
export function holdUpload({ files, options, lease }: Posted): string {
  const id = randomUUID();
  const upload: HeldUpload = { files: new Map(), lease };
  for (const [name, bytes] of Object.entries(files))
    if (bytes) upload.files.set(name, { bytes, image: new ImageFile(bytes, readOptions(options, name)) });
  held.set(id, upload);
  return id;
}

/** A file of an upload that is held. @throws AppError `internal` for one that is not, or not any more */
export function heldFile(id: string, name: string): HeldFile {
  const file = held.get(id)?.files.get(name);
  if (file === undefined) throw new AppError('internal', `no file ${name} is held of this upload`);
  return file;
}

/** Lets go of a file that is decoded while others of its upload are not. */
export function dropHeldFile(id: string, name: string): void {
  const files = held.get(id)?.files;
  void files?.get(name)?.image.close();
  files?.delete(name);
}

/** Lets go of an upload and its bytes; nothing when that is done already. */
export function releaseUpload(id: string): void {
  const upload = held.get(id);
  for (const { image } of upload?.files.values() ?? []) void image.close();
  upload?.lease.release();
  held.delete(id);
}
