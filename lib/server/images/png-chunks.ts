import 'server-only';
import { deflateSync } from 'node:zlib';
import { crc32 } from '@/lib/server/crc32';

const SIGNATURE_BYTES = 8;
/** Bytes of a chunk beside its data: length and name before, the checksum after. */
const FRAME_BYTES = 12;
const METRE = 1;
const MICRONS_PER_METRE = 1e6;

type Chunk = { name: string; at: number; data: Buffer };

/** The chunks before the pixels. */
function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let at = SIGNATURE_BYTES; at + FRAME_BYTES <= png.length; ) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    if (name === 'IDAT' || name === 'IEND') return;
    yield { name, at, data: png.subarray(at + 8, at + 8 + length) };
    at += FRAME_BYTES + length;
  }
}

/** The content of a PNG's pHYs; `perMetre` is false where it is a ratio alone. */
export function readPhys(bytes: Uint8Array): { x: number; y: number; perMetre: boolean } | null {
  for (const { name, data } of chunksOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    if (name !== 'pHYs' || data.length !== 9) continue;
    return { x: data.readUInt32BE(0), y: data.readUInt32BE(4), perMetre: data[8] === METRE };
  }
  return null;
}

/** The same PNG with this pixel size, or with none: libvips writes a millimetre a pixel where it knows none. */
export function withPixelSize(png: Buffer, micronsPerPixel: number | null): Buffer {
  const data = Buffer.alloc(9);
  if (micronsPerPixel !== null) {
    const perMetre = Math.round(MICRONS_PER_METRE / micronsPerPixel);
    data.writeUInt32BE(perMetre, 0);
    data.writeUInt32BE(perMetre, 4);
    data[8] = METRE;
  }
  return replaceChunk(png, 'pHYs', micronsPerPixel === null ? null : data);
}

/** The same PNG with this ICC profile. */
export function withProfile(png: Buffer, profile: Buffer): Buffer {
  // The profile's name, a zero, and the method of compression: zlib.
  return replaceChunk(png, 'iCCP', Buffer.concat([Buffer.from('icc\0\0'), deflateSync(profile)]));
}

/** Puts a chunk behind the header, and removes others of its name. */
function replaceChunk(png: Buffer, name: string, data: Buffer | null): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const chunk of chunksOf(png)) {
    const end = chunk.at + FRAME_BYTES + chunk.data.length;
    if (chunk.name === name) {
      parts.push(png.subarray(from, chunk.at));
      from = end;
    }
    if (chunk.name === 'IHDR' && data !== null) {
      parts.push(png.subarray(from, end), frame(name, data));
      from = end;
    }
  }
  return Buffer.concat([...parts, png.subarray(from)]);
}

function frame(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
