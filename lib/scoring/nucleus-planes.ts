import { AppError } from '@/lib/errors';
import { centiOpticalDensity } from '@/lib/imaging/optical-density';
import { assertSameSize, type Raster } from '@/lib/imaging/raster';
import { findRuns, type Runs } from '@/lib/imaging/runs';
import type { NucleusMaps } from './nucleus-table';

/** A pixel belongs to a nucleus or its boundary where background is not the likeliest: 255 / 2. */
const BODY_THRESH = 127;

/** What nuclei are measured by, one value a pixel. */
export type MeasuredPlanes = {
  readonly width: number;
  readonly height: number;
  /** Hundredths of optical density, channels summed. */
  readonly density: Uint16Array;
  readonly marker: Uint8Array | null;
};

/** A scene as its nuclei are found and measured: read from the pictures once, so that thresholds can move. */
export type NucleusPlanes = MeasuredPlanes & {
  readonly segmentation: Raster;
  /** Red + blue of the segmentation, 255 at most. */
  readonly nucleus: Uint8Array;
  /** Where nucleus and boundary together are likelier than background. */
  readonly body: Runs;
};

/** @throws AppError `shape_mismatch` when the pictures differ in size or image or segmentation are not RGB. */
export function readPlanes(maps: NucleusMaps): NucleusPlanes {
  const { segmentation } = maps;
  const { data, width, height } = segmentation;
  assertSameSize(maps.image, segmentation);
  assertRgb(segmentation);
  const nucleus = new Uint8Array(width * height);
  const body = new Uint8Array(width * height);
  for (let i = 0, c = 0; i < nucleus.length; i++, c += 3) {
    const value = data[c] + data[c + 2];
    nucleus[i] = Math.min(255, value);
    body[i] = value + data[c + 1] > BODY_THRESH ? 1 : 0;
  }
  return { ...readMeasured(maps), segmentation, nucleus, body: findRuns({ data: body, width, height }) };
}

/** @throws AppError as `readPlanes`. */
export function readMeasured({ image, marker }: Pick<NucleusMaps, 'image' | 'marker'>): MeasuredPlanes {
  const { data, width, height } = image;
  assertRgb(image);
  if (marker !== null) assertSameSize(image, marker);
  const density = new Uint16Array(width * height);
  for (let i = 0, c = 0; i < density.length; i++, c += 3)
    density[i] = centiOpticalDensity(data[c], data[c + 1], data[c + 2]);
  return { width, height, density, marker: marker && largestChannel(marker) };
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
