import 'server-only';
import Busboy from '@fastify/busboy';
import { AppError } from '@/lib/errors';
import { pointerTo } from './problem-answer';
import { readBody } from './read-body';

/** Text fields are options. Only a region of interest has more than a few characters. */
const MAX_FIELD_BYTES = 2_000_000;
const MAX_FIELDS = 50;

/** Fields in their order. Two of the same name are compared after they are parsed. */
export type Parts = { files: Map<string, Uint8Array>; fields: (readonly [name: string, text: string])[] };

export type MultipartLimits = {
  maxBytes: number;
  /** Names of the file parts that are read. */
  fileNames: readonly string[];
  /** Called for each chunk before it is kept; may throw. */
  onBytes: (bytes: number) => void;
};

/**
 * Reads a multipart form into memory, up to the limit, whether or not its length was announced.
 *
 * @throws AppError `upload_too_large`, `malformed_request`, `missing_part`, `invalid_option`, or what `onBytes` throws
 */
export async function readMultipart(request: Request, limits: MultipartLimits): Promise<Parts> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes, String(announced));
  if (request.body === null) throw new AppError('malformed_request', 'Expected multipart/form-data, got no body.');

  const form = openForm(request, limits.fileNames);
  let received = 0;
  for await (const piece of readBody(request)) {
    received += piece.byteLength;
    if (received > limits.maxBytes) throw tooLarge(limits.maxBytes, 'more');
    limits.onBytes(piece.byteLength);
    await Promise.race([form.write(piece), form.failed]);
  }
  return await Promise.race([form.end(), form.failed]);
}

const tooLarge = (limit: number, got: string) =>
  new AppError('upload_too_large', `A request may have ${limit} bytes (${limit / 1e6} MB), this one has ${got}.`);

/** The parser as promises. `failed` only rejects. */
function openForm(request: Request, fileNames: readonly string[]) {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(contentType))
    throw new AppError(
      'malformed_request',
      `Expected multipart/form-data, got ${contentType.slice(0, 80) || 'no type'}.`,
    );

  let parser: InstanceType<typeof Busboy>;
  try {
    parser = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: MAX_FIELD_BYTES, fields: MAX_FIELDS, headerPairs: 50, fieldNameSize: 100 },
      // Some clients send a file without a file name, so the name of the part decides.
      isPartAFile: (name, _type, fileName) =>
        fileName !== undefined || (name !== undefined && fileNames.includes(name)),
    });
  } catch (cause) {
    throw new AppError('malformed_request', 'The Content-Type of multipart/form-data lacks its boundary.', { cause });
  }

  const parts: Parts = { files: new Map(), fields: [] };
  const seen = new Set<string>();
  let fail: (error: AppError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {}); // It is raced against, and so not always awaited.
  const refuse = (code: 'invalid_option' | 'missing_part', name: string, detail: string) =>
    fail(new AppError(code, `${name.slice(0, 60)}: ${detail}`, { fields: [{ pointer: pointerTo([name]), detail }] }));

  // A part may have no name, although the types say that it has.
  parser.on('file', (name = '', stream) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {}); // The parser reports it too.
    if (!fileNames.includes(name)) {
      refuse('missing_part', name, `not a file part of this request; expected ${fileNames.join(', ')}`);
      stream.resume();
      return;
    }
    // Not by the parts that have ended: both may come in one chunk.
    if (seen.has(name)) refuse('invalid_option', name, 'given more than once');
    seen.add(name);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const [first, ...others] = chunks;
      parts.files.set(name, first && others.length === 0 ? first : Buffer.concat(chunks));
    });
  });
  parser.on('field', (name = '', text, _nameCut, textCut) => {
    if (textCut) refuse('invalid_option', name, `at most ${MAX_FIELD_BYTES} bytes of text`);
    else parts.fields.push([name, text]);
  });
  parser.on('fieldsLimit', () =>
    fail(new AppError('malformed_request', `A request may have ${MAX_FIELDS} form fields.`)),
  );
  parser.on('error', (cause) =>
    fail(new AppError('malformed_request', 'The multipart body is cut short or malformed.', { cause })),
  );

  return {
    failed,
    write: (chunk: Uint8Array) =>
      new Promise<void>((resolve) => {
        parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), () => resolve());
      }),
    end: () =>
      new Promise<Parts>((resolve) => {
        parser.once('finish', () => resolve(parts));
        parser.end();
      }),
  };
}
