import 'server-only';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '@/lib/errors';
import {
  assertKey,
  assertPrefix,
  type ByteRange,
  type ListedObject,
  linkWindow,
  mediaType,
  type PresignedPut,
  type PutGrant,
  type Storage,
  type StoredObject,
} from './storage';

export type S3Options = {
  bucket: string;
  region: string;
  /** Address of the server; undefined = AWS. */
  endpoint: string | undefined;
  /** Whether the bucket is in the path and not in the host name. Most servers other than AWS need this. */
  pathStyle: boolean;
  /** Put before every key. Empty, or ends at a slash. */
  prefix: string;
};

const CONNECT_MS = 3_000;
/** A connection without a byte for so long is dead. */
const IDLE_MS = 30_000;
const RETRY_SECONDS = 5;

/** Objects in a bucket of S3 or of a compatible server. The SDK finds the credentials itself. */
export class S3Storage implements Storage {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ bucket, region, endpoint, pathStyle, prefix }: S3Options) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#client = new S3Client({
      region,
      ...(endpoint !== undefined && { endpoint }),
      forcePathStyle: pathStyle,
      // By default the SDK adds CRC checksums to every request, which many compatible servers refuse. It also signs the
      // checksum of an empty body into a presigned PUT, so that every upload fails.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
    });
  }

  async put(key: string, body: Uint8Array | Readable, bytes?: number): Promise<void> {
    if (body instanceof Readable && (bytes ?? 0) > SINGLE_PUT_BYTES) {
      await this.#putInParts(key, body, bytes as number);
      return;
    }
    await this.#send(() =>
      this.#client.send(
        new PutObjectCommand({
          ...this.#object(key),
          Body: body,
          ContentLength: body instanceof Readable ? bytes : body.byteLength,
          ContentType: mediaType(key),
        }),
      ),
    );
  }

  /** An object of more than 5 GB is sent in parts. It is there when the last one has come, and not before. */
  async #putInParts(key: string, body: Readable, bytes: number): Promise<void> {
    const object = this.#object(key);
    const begin = new CreateMultipartUploadCommand({ ...object, ContentType: mediaType(key) });
    const { UploadId } = await this.#send(() => this.#client.send(begin));
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      let sent = 0;
      for await (const Body of inParts(body, Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS)))) {
        const PartNumber = parts.length + 1;
        const command = new UploadPartCommand({ ...object, UploadId, PartNumber, Body, ContentLength: Body.length });
        const { ETag } = await this.#send(() => this.#client.send(command));
        parts.push({ PartNumber, ETag });
        sent += Body.length;
      }
      if (sent !== bytes)
        throw new AppError('upload_incomplete', `${bytes} bytes were announced for an object, ${sent} came.`);
      const end = new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: parts } });
      await this.#send(() => this.#client.send(end));
    } catch (error) {
      // What was sent would stay, unseen and billed.
      await this.#client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
      throw error;
    }
  }

  async putNew(key: string, body: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({
      ...this.#object(key),
      Body: body,
      ContentType: mediaType(key),
      IfNoneMatch: '*',
    });
    try {
      await this.#send(() => this.#client.send(command));
      return true;
    } catch (error) {
      if (error instanceof AppError && isThere(error.cause)) return false;
      throw error;
    }
  }

  async get(key: string, range?: ByteRange): Promise<StoredObject | null> {
    const part = range && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    try {
      const { Body, ContentLength, ContentRange } = await this.#send(() =>
        this.#client.send(new GetObjectCommand({ ...this.#object(key), ...part })),
      );
      if (range && ContentRange === undefined) {
        (Body as Readable).destroy();
        throw new AppError('storage_unavailable', 'The storage ignores ranges: it sends whole objects.');
      }
      const whole = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
      return { body: Body as Readable, bytes: whole ?? 0 };
    } catch (error) {
      if (error instanceof AppError && isMissing(error.cause)) return null;
      throw error;
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertPrefix(prefix);
    let token: string | undefined;
    do {
      const page = await this.#send(() =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + prefix,
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? [])
        yield {
          key: Key!.slice(this.#prefix.length),
          bytes: Size ?? 0,
          modified: LastModified ?? new Date(),
        };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(prefix: string): Promise<void> {
    let batch: string[] = [];
    for await (const { key } of this.list(prefix)) {
      batch.push(key);
      if (batch.length === MAX_DELETED_AT_ONCE) {
        await this.#deleteAll(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await this.#deleteAll(batch);
  }

  async age(key: string): Promise<number | null> {
    const command = new HeadObjectCommand(this.#object(key));
    let now: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        now = (result.response as { headers?: Record<string, string> }).headers?.date;
        return result;
      },
      { step: 'deserialize', priority: 'high' },
    );
    try {
      const { LastModified } = await this.#send(() => this.#client.send(command));
      return Date.parse(now ?? '') - (LastModified?.getTime() ?? Number.NaN);
    } catch (error) {
      if (error instanceof AppError && isMissing(error.cause)) return null;
      throw error;
    }
  }

  async presignPut(key: string, { bytes, type, seconds }: PutGrant): Promise<PresignedPut> {
    const command = new PutObjectCommand({ ...this.#object(key), ContentLength: bytes, ContentType: type });
    // Both headers are signed, so that the server itself refuses another length or type. The presigner leaves the type
    // out unless it is named here.
    const signableHeaders = new Set(['host', 'content-length', 'content-type']);
    const url = await this.#send(() => getSignedUrl(this.#client, command, { expiresIn: seconds, signableHeaders }));
    return { url, headers: { 'Content-Type': type } };
  }

  async presignGet(key: string, seconds: number): Promise<string> {
    const command = new GetObjectCommand(this.#object(key));
    const { from, until } = linkWindow(seconds);
    const options = { signingDate: new Date(from * 1000), expiresIn: until - from };
    return this.#send(() => getSignedUrl(this.#client, command, options));
  }

  async #deleteAll(keys: string[]): Promise<void> {
    const reply = await this.#send(() =>
      this.#client.send(
        new DeleteObjectsCommand({
          Bucket: this.#bucket,
          Delete: { Objects: keys.map((key) => ({ Key: this.#prefix + key })), Quiet: true },
        }),
      ),
    );
    const failed = reply.Errors?.length ?? 0;
    if (failed > 0)
      throw new AppError('storage_unavailable', `The storage did not delete ${failed} of ${keys.length} objects.`);
  }

  #object(key: string): { Bucket: string; Key: string } {
    assertKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #send<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw storageError(cause);
    }
  }
}

/** A single PUT may have 5 GB, and is sent again as a whole when the connection breaks. */
const SINGLE_PUT_BYTES = 64 * 2 ** 20;
const PART_BYTES = 16 * 2 ** 20;
/** S3 takes 10,000. */
const MAX_PARTS = 9_000;

/** A stream in pieces of this length, the last one shorter. */
async function* inParts(body: Readable, length: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let held = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    held += chunk.length;
    while (held >= length) {
      const all = Buffer.concat(chunks);
      yield all.subarray(0, length);
      chunks = [all.subarray(length)];
      held -= length;
    }
  }
  if (held > 0) yield Buffer.concat(chunks);
}

/** S3's own limit for one request. */
const MAX_DELETED_AT_ONCE = 1000;

const isMissing = (cause: unknown) =>
  cause instanceof S3ServiceException && (cause.name === 'NoSuchKey' || cause.name === 'NotFound');

/** 412: the object exists. 409: another one is being written at this moment. */
const isThere = (cause: unknown) =>
  cause instanceof S3ServiceException && [409, 412].includes(cause.$metadata.httpStatusCode ?? 0);

/** Servers have many names for a full storage: QuotaExceeded, XMinioStorageFull, XMinioAdminBucketQuotaExceeded, "Storage cap exceeded". */
function isQuota(cause: unknown): boolean {
  if (!(cause instanceof S3ServiceException)) return false;
  return /quota ?exceeded|exceeded .*quota|storage ?full|insufficient ?storage|storage cap|no space left/i.test(
    `${cause.name} ${cause.message}`,
  );
}

function storageError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
  if (status === 507 || isQuota(cause))
    return new AppError('storage_full', 'The storage is full; nothing was stored.', { cause });
  const why = status ?? (cause instanceof Error && cause.name !== 'Error' ? cause.name : undefined);
  const detail =
    why === undefined ? 'The storage did not answer.' : `The storage did not answer as it should (${why}).`;
  return new AppError('storage_unavailable', detail, {
    cause,
    retryAfterSeconds: RETRY_SECONDS,
  });
}
