import 'server-only';
import type { Metadata } from 'sharp';
import { MICRONS_PER_PIXEL_RANGE } from '@/lib/contracts/options';
import type { Warning } from '@/lib/warnings';
import { readPhys } from './png-chunks';
import type { CommonFormat } from './sniff-format';

/** What a file states of its pixels: their sides in µm, or, where it names no unit, no more than how they compare. */
export type PixelSides = { x: number; y: number; isRatio: boolean };

const MICRONS_PER_INCH = 25_400;
const MICRONS_PER_METRE = 1e6;
/** How far the two sides of a pixel may differ: stages are not calibrated better. */
const MAX_ANISOTROPY = 0.02;

const isSquare = ({ x, y }: PixelSides) => Math.abs(y / x - 1) <= MAX_ANISOTROPY;

/** A pixel size when it is one that a microscope can have and the pixels are square; 72, 96 or 300 dpi are a screen's or a printer's. */
export function squareSize(sides: PixelSides | null): number | null {
  if (sides === null || sides.isRatio || !isSquare(sides)) return null;
  const { min, max } = MICRONS_PER_PIXEL_RANGE;
  const micronsPerPixel = Number(sides.x.toFixed(4));
  return micronsPerPixel >= min && micronsPerPixel <= max ? micronsPerPixel : null;
}

/** Pixels are analysed as squares, whatever the file says: then its size is not taken, and this says why. */
export function squareDoubts(sides: PixelSides | null): Warning[] {
  if (sides === null || isSquare(sides)) return [];
  const places = (value: number) => Number(value.toPrecision(4));
  const stated = sides.isRatio
    ? `that its pixels are ${places(sides.x / sides.y)} times as wide as they are high`
    : `pixels ${places(sides.x)} µm wide and ${places(sides.y)} µm high`;
  const detail = `The file states ${stated}. They were analysed as squares, so that sizes and shapes are wrong. Resample the picture to square pixels.`;
  return [{ code: 'pixels_not_square', detail }];
}

/** What a format that is no TIFF states. */
export function readSides(bytes: Uint8Array, format: CommonFormat, { density, exif }: Metadata): PixelSides | null {
  if (format === 'PNG') {
    const phys = readPhys(bytes);
    if (phys === null || phys.x === 0 || phys.y === 0) return null;
    const { x, y, perMetre } = phys;
    return { x: MICRONS_PER_METRE / x, y: MICRONS_PER_METRE / y, isRatio: !perMetre };
  }
  const jfif = format === 'JPEG' ? readJfif(bytes) : null;
  const aspect = jfif === null ? 1 : jfif.x / jfif.y;
  // Without a unit, the density that libvips tells is one of its own making, unless EXIF has one.
  if (jfif?.isRatio && exif === undefined) return { x: 1, y: aspect, isRatio: true };
  if (density === undefined || density <= 0) return null;
  return { x: MICRONS_PER_INCH / density, y: (MICRONS_PER_INCH / density) * aspect, isRatio: false };
}

/** Density of the JFIF segment, which comes first in a file that has one. */
function readJfif(bytes: Uint8Array): { x: number; y: number; isRatio: boolean } | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 18));
  if (head.length < 18 || head.toString('latin1', 6, 11) !== 'JFIF\0') return null;
  const [x, y] = [head.readUInt16BE(14), head.readUInt16BE(16)];
  return x > 0 && y > 0 ? { x, y, isRatio: head[13] === 0 } : null;
}
