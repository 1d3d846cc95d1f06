import 'server-only';
import type { Metadata } from 'sharp';
import { MICRONS_PER_PIXEL_RANGE } from '@/lib/contracts/picture-choice';
import type { Warning } from '@/lib/warnings';
import { readPhys } from './png-chunks';
import type { CommonFormat } from './sniff-format';

/** The sides of a pixel in µm, as a file states them. Without a unit (`isRatio`) only their ratio means something. */
export type PixelSides = { x: number; y: number; isRatio: boolean };

const MICRONS_PER_INCH = 25_400;
const MICRONS_PER_METRE = 1e6;
/** How much the two sides of a pixel may differ: stages are not calibrated better. */
const MAX_ANISOTROPY = 0.02;

const isSquare = ({ x, y }: PixelSides) => Math.abs(y / x - 1) <= MAX_ANISOTROPY;

/** The side of square pixels; null for others, and for sizes that no microscope has (72, 96 or 300 dpi are a screen's or a printer's). */
export function squareSize(sides: PixelSides | null): number | null {
  if (sides === null || sides.isRatio || !isSquare(sides)) return null;
  const { min, max } = MICRONS_PER_PIXEL_RANGE;
  const micronsPerPixel = Number(sides.x.toFixed(4));
  return micronsPerPixel >= min && micronsPerPixel <= max ? micronsPerPixel : null;
}

/** Warns where the pixels are not square: they are analysed as squares, without the size that the file states. */
export function squareDoubts(sides: PixelSides | null): Warning[] {
  if (sides === null || isSquare(sides)) return [];
  const places = (value: number) => Number(value.toPrecision(4));
  const stated = sides.isRatio
    ? `that its pixels are ${places(sides.x / sides.y)} times as wide as they are high`
    : `pixels ${places(sides.x)} µm wide and ${places(sides.y)} µm high`;
  const detail = `The file states ${stated}. They were analysed as squares, so that sizes and shapes are wrong. Resample the picture to square pixels.`;
  return [{ code: 'pixels_not_square', detail }];
}

/** The sides that a format other than TIFF states. */
export function readSides(bytes: Uint8Array, format: CommonFormat, { density, exif }: Metadata): PixelSides | null {
  if (format === 'PNG') {
    const phys = readPhys(bytes);
    if (phys === null || phys.x === 0 || phys.y === 0) return null;
    const { x, y, perMetre } = phys;
    return { x: MICRONS_PER_METRE / x, y: MICRONS_PER_METRE / y, isRatio: !perMetre };
  }
  const jfif = format === 'JPEG' ? readJfif(bytes) : null;
  const aspect = jfif === null ? 1 : jfif.x / jfif.y;
  // Without a unit and without EXIF, libvips invents a density.
  if (jfif?.isRatio && exif === undefined) return { x: 1, y: aspect, isRatio: true };
  if (density === undefined || density <= 0) return null;
  return { x: MICRONS_PER_INCH / density, y: (MICRONS_PER_INCH / density) * aspect, isRatio: false };
}

/** The density in the JFIF segment, which is always the first. */
function readJfif(bytes: Uint8Array): { x: number; y: number; isRatio: boolean } | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 18));
  if (head.length < 18 || head.toString('latin1', 6, 11) !== 'JFIF\0') return null;
  const [x, y] = [head.readUInt16BE(14), head.readUInt16BE(16)];
  return x > 0 && y > 0 ? { x, y, isRatio: head[13] === 0 } : null;
}
