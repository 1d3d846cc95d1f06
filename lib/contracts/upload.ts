import { z } from 'zod';

/** Bytes of one part of an upload, which is what a lost connection costs at most. */
export const PART_BYTES = 8 * 2 ** 20;

/** Permission to send one part: to its URL, with its method, exactly these headers and the stated number of bytes. */
export const UploadPart = z
  .object({
    part: z.int().min(1).meta({ description: 'Position, from 1' }),
    offset: z.int().min(0).meta({ description: 'First byte of the file that belongs to this part' }),
    bytes: z.int().min(1),
    method: z.literal('PUT'),
    url: z.string().meta({ description: 'Good for this one part, for minutes; relative to this server or absolute' }),
    headers: z.record(z.string(), z.string()),
  })
  .meta({ id: 'UploadPart' });
export type UploadPart = z.infer<typeof UploadPart>;

/**
 * The parts of an upload that have not arrived. A small file has one part. After a lost connection, or when the URLs
 * have expired, another request gives the missing parts with fresh URLs.
 */
export const Upload = z
  .object({
    missing: z.array(UploadPart),
    parts: z.int().min(1).meta({ description: 'All parts, missing or not' }),
    bytes: z.int().min(1),
    expires_at: z.iso.datetime().meta({ description: 'When the URLs stop working' }),
  })
  .meta({ id: 'Upload', description: 'The parts of an upload that are still missing, and where each goes' });
export type Upload = z.infer<typeof Upload>;
