import 'server-only';
import type { Sharp } from 'sharp';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import type { Warning } from '@/lib/warnings';
import { convertByProfile } from './icc-profile';
import type { ImageHeader } from './read-header';
import { type Pixels, scalingOf, writeColours } from './to-rgb';

/** Pixels, and doubts about them. */
export type DecodedImage = { raster: Raster; warnings: readonly Warning[] };

export type SizedPixels = Pixels & { width: number; height: number };

/** The pixels were decoded, but show no picture. */
export class UnusableSamples extends Error {}

/** Colour spaces whose samples can be scaled as they are stored. */
const SCALABLE: readonly string[] = ['b-w', 'srgb', 'rgb', 'grey16', 'rgb16', 'scrgb', 'multiband'];

const SAMPLES = {
  uchar: Uint8Array,
  char: Int8Array,
  ushort: Uint16Array,
  short: Int16Array,
  uint: Uint32Array,
  int: Int32Array,
  float: Float32Array,
  double: Float64Array,
} as const;

/** Whether samples are deep and scaled here, before any profile. Others come from libvips as 8-bit sRGB. */
export const isScaledHere = ({ depth, space }: ImageHeader['samples']) => depth !== 'uchar' && SCALABLE.includes(space);

/** @throws UnusableSamples, or what sharp throws */
export async function decodeSamples(image: Sharp, { samples }: ImageHeader): Promise<DecodedImage> {
  const pixels = await readSamples(image, samples);
  return toRaster(pixels, isScaledHere(samples) ? samples.profile : null);
}

async function readSamples(image: Sharp, samples: ImageHeader['samples']): Promise<SizedPixels> {
  const { depth, space, extras } = samples;
  const isDeep = isScaledHere(samples);
  const Samples = isDeep ? SAMPLES[depth as keyof typeof SAMPLES] : Uint8Array;
  if (Samples === undefined) throw new UnusableSamples(`${depth} samples, which have no brightness`);
  const raw = isDeep ? image.toColourspace(space).raw({ depth }) : image.toColourspace('srgb').raw();
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const isAligned = data.byteOffset % Samples.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : Uint8Array.from(data);
  const { width, height, channels } = info;
  return {
    samples: new Samples(buffer, byteOffset, byteLength / Samples.BYTES_PER_ELEMENT),
    channels,
    isFloat: depth === 'float' || depth === 'double',
    extras,
    width,
    height,
  };
}

/**
 * Makes 8-bit RGB in shared memory of decoded samples, by the rules at `decodeImage`.
 *
 * @param profile - null where it is applied already
 */
export async function toRaster(pixels: SizedPixels, profile: Buffer | null): Promise<DecodedImage> {
  const { width, height } = pixels;
  const raster = sharedRaster(width, height, 3);
  if (profile === null && pixels.channels === 3 && pixels.samples instanceof Uint8Array) {
    raster.data.set(pixels.samples);
    return { raster, warnings: [] };
  }
  const scaling = await scalingOf(pixels);
  const { warnings } = scaling;
  if (profile === null) {
    await writeColours(pixels, scaling, { data: raster.data, channels: 3, top: 255 });
    return { raster, warnings };
  }
  // A profile means the whole scale: samples that use a part of it are spread first.
  const { colours } = scaling;
  const spread = new Uint16Array(width * height * colours);
  await writeColours(pixels, scaling, { data: spread, channels: colours, top: 65_535 });
  raster.data.set(await convertByProfile({ data: spread, width, height, channels: colours }, profile));
  return { raster, warnings };
}
