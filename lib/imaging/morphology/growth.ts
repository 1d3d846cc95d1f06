import type { LabelMap } from '@/lib/imaging/raster';
import type { Runs } from '@/lib/imaging/runs';

/**
 * Lets labels grow, in place, into free pixels up to a Euclidean distance; each pixel goes to the nearest label.
 *
 * A pixel is taken only when one of its 8 neighbours has the label by then, so a connected label stays connected. Of
 * labels at equal distance the one that comes first in raster order around the pixel wins.
 *
 * @param labelMap - (height, width); 0 = free.
 * @param open - the pixels that labels may grow into; labelled ones stay as they are.
 * @param radius - px between pixel centres.
 */
export function growLabels(labelMap: LabelMap, open: Runs, radius: number): void {
  const { data: labels, width, height } = labelMap;
  const disc = discOffsets(radius, width);
  const { offset } = disc;
  const reach = Math.floor(radius);
  let capacity = 0;
  for (let r = 0; r < open.count; r++) capacity += open.to[r] - open.from[r];
  const pixels = new Int32Array(capacity);
  const nearest = new Int32Array(capacity);
  const rank = new Uint8Array(capacity);
  const place = new Int32Array(disc.rings + 1);
  let count = 0;
  for (let y = 0; y < height; y++) {
    const isRowFar = y >= reach && y < height - reach;
    for (let r = open.rowStart[y]; r < open.rowStart[y + 1]; r++) {
      const isFar = isRowFar && open.from[r] >= y * width + reach && open.to[r] <= (y + 1) * width - reach;
      for (let i = open.from[r]; i < open.to[r]; i++) {
        if (labels[i] !== 0) continue;
        for (let n = 0; n < offset.length; n++) {
          if (!isFar && !isWithin(i - y * width + disc.dx[n], y + disc.dy[n], width, height)) continue;
          const label = labels[i + offset[n]];
          if (label === 0) continue;
          pixels[count] = i;
          nearest[count] = label;
          rank[count] = disc.ring[n];
          place[disc.ring[n] + 1]++;
          count++;
          break;
        }
      }
    }
  }
  for (let ring = 1; ring < place.length; ring++) place[ring] += place[ring - 1];
  const order = new Int32Array(count);
  for (let n = 0; n < count; n++) order[place[rank[n]]++] = n;
  for (let n = 0; n < count; n++) {
    const m = order[n];
    if (rank[m] <= LAST_TOUCHING_RING || touches(labelMap, pixels[m], nearest[m])) labels[pixels[m]] = nearest[m];
  }
}

/** Rings 0 and 1 are the neighbours through edges and corners: labels at that distance touch the pixel. */
const LAST_TOUCHING_RING = 1;

type Disc = {
  readonly dx: Int8Array;
  readonly dy: Int8Array;
  readonly offset: Int32Array;
  /** Rank of the distance, 0 for the nearest; equal distances have one rank. */
  readonly ring: Uint8Array;
  readonly rings: number;
};

/** All offsets within the radius, nearest first, then in raster order. */
function discOffsets(radius: number, width: number): Disc {
  const steps: { dx: number; dy: number; squared: number }[] = [];
  const reach = Math.floor(radius);
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const squared = dx * dx + dy * dy;
      if (squared > 0 && squared <= radius * radius) steps.push({ dx, dy, squared });
    }
  steps.sort((a, b) => a.squared - b.squared);
  const distances = [...new Set(steps.map((step) => step.squared))];
  return {
    dx: Int8Array.from(steps, (step) => step.dx),
    dy: Int8Array.from(steps, (step) => step.dy),
    offset: Int32Array.from(steps, (step) => step.dy * width + step.dx),
    ring: Uint8Array.from(steps, (step) => distances.indexOf(step.squared)),
    rings: distances.length,
  };
}

function isWithin(x: number, y: number, width: number, height: number): boolean {
  return x >= 0 && y >= 0 && x < width && y < height;
}

function touches({ data, width, height }: LabelMap, i: number, label: number): boolean {
  const x = i % width;
  const fromX = x > 0 ? -1 : 0;
  const toX = x < width - 1 ? 1 : 0;
  const fromY = i >= width ? -width : 0;
  const toY = i < width * (height - 1) ? width : 0;
  for (let dy = fromY; dy <= toY; dy += width)
    for (let j = i + dy + fromX; j <= i + dy + toX; j++) if (data[j] === label) return true;
  return false;
}
