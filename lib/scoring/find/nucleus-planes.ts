import { AppError } from '@/lib/errors';
import { centiBrownness, centiOpticalDensity } from '@/lib/imaging/colour/optical-density';
import { assertSameSize, type Raster } from '@/lib/imaging/raster';
import { findRuns, findRunsOfSum, type Runs } from '@/lib/imaging/runs';
import type { NucleusMaps } from './nucleus-maps';

/** A pixel belongs to a nucleus or its boundary where these together are likelier than background: above 255 / 2. */
const BODY_THRESH = 127;

/** Sums over pixels. Whole numbers, so that they do not depend on the order. */
export type StainSums = {
  /** Hundredths of optical density, channels summed. */
  density: number;
  /** Of its square. */
  density2: number;
  /** Hundredths of optical density, blue light less red. */
  brown: number;
};

/** What nuclei are measured on. */
export type MeasuredPlanes = {
  readonly width: number;
  readonly height: number;
  /** Adds the pixels [from, to) to the sums of one nucleus. */
  readonly addStain: (from: number, to: number, sums: StainSums) => void;
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

/** Reads what every search needs, once, for callers that try many thresholds: 7 bytes a pixel. */
export function keepPlanes(maps: NucleusMaps): NucleusPlanes {
  const planes = readPlanes(maps);
  const { data } = maps.image;
  const density = new Uint16Array(planes.width * planes.height);
  const brown = new Int16Array(density.length);
  for (let i = 0, c = 0; i < density.length; i++, c += 3) {
    density[i] = centiOpticalDensity(data[c], data[c + 1], data[c + 2]);
    brown[i] = centiBrownness(data[c], data[c + 2]);
  }
  const addStain = (from: number, to: number, sums: StainSums) => {
    let [sum, sum2, brownSum] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const value = density[i];
      sum += value;
      sum2 += value * value;
      brownSum += brown[i];
    }
    addSums(sums, sum, sum2, brownSum);
  };
  return { ...planes, addStain, likelihood: readLikelihood(maps.segmentation) };
}

function addSums(sums: StainSums, density: number, density2: number, brown: number): void {
  sums.density += density;
  sums.density2 += density2;
  sums.brown += brown;
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
  const addStain = (from: number, to: number, sums: StainSums) => {
    let [sum, sum2, brown] = [0, 0, 0];
    for (let c = 3 * from; c < 3 * to; c += 3) {
      const value = centiOpticalDensity(data[c], data[c + 1], data[c + 2]);
      sum += value;
      sum2 += value * value;
      brown += centiBrownness(data[c], data[c + 2]);
    }
    addSums(sums, sum, sum2, brown);
  };
  return { width, height, addStain, marker: marker && largestChannel(marker) };
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
