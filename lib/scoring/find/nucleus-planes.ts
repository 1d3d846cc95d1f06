import { AppError } from '@/lib/errors';
import { centiOpticalDensity } from '@/lib/imaging/colour/optical-density';
import { assertSameSize, type Raster } from '@/lib/imaging/raster';
import { findRuns, findRunsOfSum, type Runs } from '@/lib/imaging/runs';
import type { NucleusMaps } from './nucleus-maps';

/** A pixel belongs to a nucleus or its boundary where these together are likelier than background: above 255 / 2. */
const BODY_THRESH = 127;

/** What nuclei are measured on. */
export type MeasuredPlanes = {
  readonly width: number;
  readonly height: number;
  /** Hundredths of optical density, channels summed, of the pixels [from, to) together. */
  readonly sumDensity: (from: number, to: number) => number;
  readonly marker: Uint8Array | null;
};

/** What the thresholds are compared with. */
export type Likelihood = {
  /** Red + blue of the segmentation, 255 at most. */
  readonly nucleus: Uint8Array;
  /** Where nucleus and boundary together are likelier than background. */
  readonly body: Runs;
};

/** What nuclei are found in and measured on. */
export type NucleusPlanes = MeasuredPlanes & {
  readonly segmentation: Raster;
  /** From `keepPlanes`. Without it `watershed` reads it from the segmentation on every call. */
  readonly likelihood?: Likelihood;
};

/** @throws AppError `shape_mismatch` when the pictures differ in size or image or segmentation are not RGB. */
export function readPlanes(maps: NucleusMaps): NucleusPlanes {
  const { segmentation } = maps;
  assertSameSize(maps.image, segmentation);
  assertRgb(segmentation);
  return { ...readMeasured(maps), segmentation };
}

/** Reads what every search needs, once, for callers that try many thresholds: 5 bytes a pixel. */
export function keepPlanes(maps: NucleusMaps): NucleusPlanes {
  const planes = readPlanes(maps);
  const density = new Uint16Array(planes.width * planes.height);
  for (let i = 0; i < density.length; i++) density[i] = planes.sumDensity(i, i + 1);
  const sumDensity = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += density[i];
    return sum;
  };
  return { ...planes, sumDensity, likelihood: readLikelihood(maps.segmentation) };
}

export function readLikelihood(segmentation: Raster): Likelihood {
  const { data, width, height } = segmentation;
  const nucleus = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < nucleus.length; i++, c += 3) nucleus[i] = Math.min(255, data[c] + data[c + 2]);
  return { nucleus, body: findBody(segmentation) };
}

const findBody = (segmentation: Raster): Runs => findRunsOfSum(segmentation, true, BODY_THRESH);

/** The pixels that are likelier to be nucleus than `probThresh`, and the body. */
export function likelyRuns(
  { segmentation, likelihood, width, height }: NucleusPlanes,
  probThresh: number,
): { seen: Runs; body: Runs } {
  if (likelihood)
    return { seen: findRuns({ data: likelihood.nucleus, width, height }, probThresh), body: likelihood.body };
  return { seen: findRunsOfSum(segmentation, false, probThresh), body: findBody(segmentation) };
}

/** @throws AppError as `readPlanes`. */
export function readMeasured({ image, marker }: Pick<NucleusMaps, 'image' | 'marker'>): MeasuredPlanes {
  const { data, width, height } = image;
  assertRgb(image);
  if (marker !== null) assertSameSize(image, marker);
  const sumDensity = (from: number, to: number) => {
    let sum = 0;
    for (let c = 3 * from; c < 3 * to; c += 3) sum += centiOpticalDensity(data[c], data[c + 1], data[c + 2]);
    return sum;
  };
  return { width, height, sumDensity, marker: marker && largestChannel(marker) };
}

function largestChannel({ data, width, height, channels }: Raster): Uint8Array {
  if (channels === 1) return data;
  const largest = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < largest.length; i++, c += 3) largest[i] = Math.max(data[c], data[c + 1], data[c + 2]);
  return largest;
}

function assertRgb({ channels }: Raster): void {
  if (channels !== 3) throw new AppError('shape_mismatch', `expected 3 channels, got ${channels}`);
}
