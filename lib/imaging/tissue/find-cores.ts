import { groupRuns } from '@/lib/imaging/morphology/run-groups';
import type { Mask } from '@/lib/imaging/raster';
import { findRuns } from '@/lib/imaging/runs';

/** Where a core may lie: its middle in pixels of the mask, counted from the corner, and how much of a full core is there. */
export type CorePlace = { readonly x: number; readonly y: number; readonly fullness: number };

/** Cores are punched with needles of 0.6 to 2 mm. */
const DIAMETER_UM = { least: 400, most: 2600 };
/** Of whole cores: bounding boxes nearly square, and filled like those of discs (0.79). */
const MOST_STRETCHED = 1.3;
const LEAST_FILLED = 0.62;
/** Fewer whole cores say nothing of the others. */
const FEWEST_WHOLE = 4;
/** Density is measured on a raster where cores are about this wide. */
const CORE_CELLS = 16;
const LEAST_FULLNESS = 0.2;
/** Two cores are no nearer than this share of their diameter. */
const NEAREST = 0.75;
const SHIFTS = 4;

/** The usual diameter of the round pieces of tissue, in pixels; null when there are too few to tell. */
export function coreDiameter(mask: Mask, micronsPerPixel: number): number | null {
  const { count, area, left, right, top, bottom } = groupRuns(findRuns(mask));
  const diameters: number[] = [];
  for (let c = 0; c < count; c++) {
    const diameter = 2 * Math.sqrt(area[c] / Math.PI);
    const [width, height] = [right[c] - left[c], bottom[c] - top[c]];
    const um = diameter * micronsPerPixel;
    const isRound =
      Math.max(width / height, height / width) < MOST_STRETCHED && area[c] > LEAST_FILLED * width * height;
    if (isRound && um > DIAMETER_UM.least && um < DIAMETER_UM.most) diameters.push(diameter);
  }
  diameters.sort((a, b) => a - b);
  return diameters.length < FEWEST_WHOLE ? null : diameters[diameters.length >> 1];
}

/**
 * Places where tissue fills a disc of the usual diameter best: touching cores have one each, the pieces of a broken one share
 * one.
 */
export function findCorePlaces(mask: Mask, diameter: number): CorePlace[] {
  const scale = Math.max(1, diameter / CORE_CELLS);
  const density = shrink(mask, scale);
  const radius = diameter / 2 / scale;
  const filled = sumDiscs(density, radius);
  const whole = Math.PI * radius ** 2;
  const peaks = peaksOf(filled, density.width, LEAST_FULLNESS * whole);
  const places: CorePlace[] = [];
  for (const peak of peaks) {
    const { x, y } = settle(density, peak, radius);
    if (places.some((other) => Math.hypot(other.x - x * scale, other.y - y * scale) < NEAREST * diameter)) continue;
    places.push({ x: x * scale, y: y * scale, fullness: Math.min(1, peak.value / whole) });
  }
  return places;
}

type Density = { readonly data: Float32Array; readonly width: number; readonly height: number };

/** Share of foreground in squares of `scale` pixels. */
function shrink(mask: Mask, scale: number): Density {
  const [width, height] = [Math.ceil(mask.width / scale), Math.ceil(mask.height / scale)];
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < mask.height; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < mask.width; x++, i++) if (mask.data[i] === 1) data[row + Math.floor(x / scale)]++;
  }
  return { data: data.map((count) => count / scale ** 2), width, height };
}

/** For each square, the sum within a radius of it: rows of the disc from running sums. */
function sumDiscs({ data, width, height }: Density, radius: number): Float32Array {
  const sums = new Float64Array((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) sums[y * (width + 1) + x + 1] = sums[y * (width + 1) + x] + data[y * width + x];
  const out = new Float32Array(width * height);
  const reach = Math.floor(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    const half = Math.floor(Math.sqrt(radius ** 2 - dy ** 2));
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      const row = (y + dy) * (width + 1);
      for (let x = 0; x < width; x++)
        out[y * width + x] += sums[row + Math.min(width, x + half + 1)] - sums[row + Math.max(0, x - half)];
    }
  }
  return out;
}

type Peak = { readonly x: number; readonly y: number; readonly value: number };

/** Squares that no neighbour exceeds, the highest first; places are the squares' middles. */
function peaksOf(values: Float32Array, width: number, least: number): Peak[] {
  const peaks: Peak[] = [];
  const height = values.length / width;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (values[i] < least) continue;
      let isPeak = true;
      for (let dy = -1; dy <= 1 && isPeak; dy++)
        for (let dx = -1; dx <= 1 && isPeak; dx++) {
          const [nx, ny] = [x + dx, y + dy];
          if (nx >= 0 && ny >= 0 && nx < width && ny < height && values[ny * width + nx] > values[i]) isPeak = false;
        }
      if (isPeak) peaks.push({ x: x + 0.5, y: y + 0.5, value: values[i] });
    }
  return peaks.sort((a, b) => b.value - a.value);
}

/** Moves a place to the middle of the tissue around it, a few times. */
function settle(
  { data, width, height }: Density,
  from: { x: number; y: number },
  radius: number,
): { x: number; y: number } {
  let { x, y } = from;
  for (let shift = 0; shift < SHIFTS; shift++) {
    let [mass, sumX, sumY] = [0, 0, 0];
    for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(height - 1, y + radius); row++)
      for (let column = Math.max(0, Math.floor(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > radius) continue;
        const weight = data[row * width + column];
        mass += weight;
        sumX += weight * (column + 0.5);
        sumY += weight * (row + 0.5);
      }
    if (mass === 0) break;
    [x, y] = [sumX / mass, sumY / mass];
  }
  return { x, y };
}
