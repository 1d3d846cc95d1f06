// The only file that imports libheif-js: libheif and its HEVC decoder, compiled to WebAssembly. A thread reads one file
// and ends (`runAlone` in pool.ts), so that nothing of a file remains for the next.
import libheif from 'libheif-js/wasm-bundle.js';
import type { ColourCodes, HeicPayload, HeicPixels, HeicReply } from './protocol';

/** heif_error: code, subcode, address of the message. */
const ERROR_BYTES = 12;
const UNSUPPORTED_CODES = [3, 4];
const RGB = 1;
const INTERLEAVED = { 3: 10, 4: 11 } as const;
const INTERLEAVED_CHANNEL = 10;
/** Offset of `strict_decoding` in heif_decoding_options: checksums in the stream are compared. */
const STRICT_AT = 21;
/** Offset of `max_image_size_pixels` in heif_security_limits. */
const MAX_PIXELS_AT = 8;
/** Offset of the codes in heif_color_profile_nclx. */
const [PRIMARIES_AT, TRANSFER_AT] = [4, 8];
/** The most bytes that the decoder keeps of a pixel: three planes of 16 bits. */
const PLANE_BYTES_PER_PIXEL = 6;
const BESIDE_PLANES_BYTES = 16 * 2 ** 20;
/** Coded pictures are padded to whole blocks. */
const PADDING_SHARE = 1.1;
const PADDING_PIXELS = 2 ** 20;

class Fault extends Error {
  readonly kind: 'damaged' | 'unsupported';
  constructor(kind: 'damaged' | 'unsupported', reason: string) {
    super(reason);
    this.kind = kind;
  }
}

export default function readHeic({ bytes, wantsPixels, maxPixels }: HeicPayload): HeicReply {
  // The library refuses a picture whose stream is larger than its header states.
  const limit = BigInt(Math.round(maxPixels * PADDING_SHARE + PADDING_PIXELS));
  view().setBigUint64(libheif._heif_get_global_security_limits() + MAX_PIXELS_AT, limit, true);
  try {
    const { width, height } = withPrimary(bytes, sizeOf);
    return { ok: true, width, height, pixels: wantsPixels ? decodeTwice(bytes, width * height) : null };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.kind, reason: error.message };
    // The library ran out of its 2 GB, or met a limit of WebAssembly.
    return { ok: false, fault: 'damaged', reason: 'the decoder gave up' };
  }
}

/**
 * The decoder skips what it cannot read without a warning, and leaves there what its memory held before. So the picture is
 * decoded twice, in memory that is filled with different bytes: where the results differ, nothing was decoded.
 */
function decodeTwice(bytes: Uint8Array, pixels: number): HeicPixels {
  fillMemory(pixels, 0x55);
  const first = withPrimary(bytes, decode);
  fillMemory(pixels, 0xaa);
  const second = withPrimary(bytes, decode);
  if (Buffer.compare(first.samples, second.samples) !== 0)
    throw new Fault('damaged', 'a part of its pixels is missing or cannot be decoded');
  return first;
}

/** Fills the memory that the decoder will use. */
function fillMemory(pixels: number, value: number): void {
  const length = pixels * PLANE_BYTES_PER_PIXEL + BESIDE_PLANES_BYTES;
  const address = allocate(length);
  libheif.HEAPU8.fill(value, address, address + length);
  libheif._free(address);
}

/** The memory grows, and needs a new view each time. */
const view = () => new DataView(libheif.HEAPU8.buffer);
const read32 = (address: number) => view().getUint32(address, true);

function allocate(length: number): number {
  const address = libheif._malloc(length);
  if (address === 0) throw new Fault('unsupported', 'it needs more memory than the decoder has');
  return address;
}

/** Calls a function whose first argument gets the error, and whose last gets a result. */
function call(work: (error: number, result: number) => void): number {
  const error = allocate(ERROR_BYTES + 4);
  const result = error + ERROR_BYTES;
  view().setUint32(result, 0, true);
  work(error, result);
  const [code, value, reason] = [read32(error), read32(result), textAt(read32(error + 8))];
  libheif._free(error);
  if (code !== 0) throw new Fault(UNSUPPORTED_CODES.includes(code) ? 'unsupported' : 'damaged', reason);
  return value;
}

function textAt(address: number): string {
  const end = libheif.HEAPU8.indexOf(0, address);
  return Buffer.from(libheif.HEAPU8.slice(address, end)).toString('latin1');
}

/** The primary picture, which is neither a thumbnail nor a depth map. */
function withPrimary<T>(bytes: Uint8Array, work: (handle: number) => T): T {
  const file = allocate(bytes.length);
  libheif.HEAPU8.set(bytes, file);
  const context = libheif._heif_context_alloc();
  try {
    call((error) => libheif._heif_context_read_from_memory(error, context, file, bytes.length, 0));
    const handle = call((error, result) => libheif._heif_context_get_primary_image_handle(error, context, result));
    const result = work(handle);
    libheif._heif_image_handle_release(handle);
    return result;
  } finally {
    libheif._heif_context_free(context);
    libheif._free(file);
  }
}

/** Size of the picture as it is shown, turned and cropped. */
const sizeOf = (handle: number) => ({
  width: libheif._heif_image_handle_get_width(handle),
  height: libheif._heif_image_handle_get_height(handle),
});

function decode(handle: number): HeicPixels {
  const hasAlpha = libheif._heif_image_handle_has_alpha_channel(handle) !== 0;
  const channels = hasAlpha ? 4 : 3;
  const options = libheif._heif_decoding_options_alloc();
  libheif.HEAPU8[options + STRICT_AT] = 1;
  const image = call((error, result) =>
    libheif._heif_decode_image(error, handle, result, RGB, INTERLEAVED[channels], options),
  );
  libheif._heif_decoding_options_free(options);
  const pixels = {
    samples: samplesOf(image, channels, sizeOf(handle)),
    channels,
    isPremultiplied: libheif._heif_image_handle_is_premultiplied_alpha(handle) !== 0,
    profile: profileOf(handle),
    codes:
      codesOf((error, result) => libheif._heif_image_handle_get_nclx_color_profile(error, handle, result)) ??
      codesOf((error, result) => libheif._heif_image_get_nclx_color_profile(error, image, result)),
  } as const;
  libheif._heif_image_release(image);
  return pixels;
}

function samplesOf(image: number, channels: 3 | 4, size: { width: number; height: number }): Uint8Array {
  const width = libheif._heif_image_get_width(image, INTERLEAVED_CHANNEL);
  const height = libheif._heif_image_get_height(image, INTERLEAVED_CHANNEL);
  if (width !== size.width || height !== size.height)
    throw new Fault('damaged', `it states ${size.width} x ${size.height} pixels and holds ${width} x ${height}`);
  const stride = allocate(4);
  const start = libheif._heif_image_get_plane_readonly2(image, INTERLEAVED_CHANNEL, stride);
  const step = read32(stride);
  libheif._free(stride);
  const row = width * channels;
  const samples = new Uint8Array(row * height);
  for (let y = 0; y < height; y++)
    samples.set(libheif.HEAPU8.subarray(start + y * step, start + y * step + row), y * row);
  return samples;
}

function profileOf(handle: number): Uint8Array | null {
  const size = libheif._heif_image_handle_get_raw_color_profile_size(handle);
  if (size === 0) return null;
  const address = allocate(size);
  call((error) => libheif._heif_image_handle_get_raw_color_profile(error, handle, address));
  const profile = libheif.HEAPU8.slice(address, address + size);
  libheif._free(address);
  return profile;
}

function codesOf(get: (error: number, result: number) => void): ColourCodes | null {
  try {
    const nclx = call(get);
    const codes = { primaries: read32(nclx + PRIMARIES_AT), transfer: read32(nclx + TRANSFER_AT) };
    libheif._heif_nclx_color_profile_free(nclx);
    return codes;
  } catch (error) {
    // The file states none.
    if (error instanceof Fault) return null;
    throw error;
  }
}
