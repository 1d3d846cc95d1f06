import { dabDensities } from '@/lib/imaging/colour/dab-density';
import { type WhiteBalance, whiteGains } from '@/lib/imaging/colour/white-balance';
import { type LabelMap, type PictureWindow, placeOf } from '@/lib/imaging/raster';
import { growTerritories } from './cell-territories';

/** Sectors of a cell, 15° each: about 2 µm of the membrane of a tumour cell. */
export const SECTORS = 24;
/** Of a sector that cannot be told: past the edge of the picture, or the nucleus is too small to be one. */
export const UNSEEN = 255;
export const NOBODY = -1;
/** Of a sector at whose end no other cell begins. */
export const ALONE = 255;

/**
 * How far a cell reaches beyond its nucleus, in µm, where no neighbour is nearer: QuPath's default of cell expansion.
 *
 * @see https://qupath.readthedocs.io/en/stable/docs/tutorials/cell_detection.html
 */
export const CELL_REACH_UM = 5;
export const CELL_REACH_RANGE = { min: 1, max: 15 } as const;

/** Smaller finds are debris more often than nuclei: they have no cell, and end no one's. As for kinds. */
const LEAST_UM2 = 9;
/** A lamp's colour would be read as brown. Glass has no density. */
export const MEMBRANE_WHITE: WhiteBalance = { percentile: 99, level: 255, maxGain: 1.6 };
const RAYS_PER_SECTOR = 3;
const RAYS = SECTORS * RAYS_PER_SECTOR;
/** Between samples of a ray. */
const STEP_UM = 0.25;
/** So far around a peak the stain belongs to the membrane, in µm, and behind that, as far again, to the cytoplasm. */
const MEMBRANE_HALF_UM = 0.75;
/** A nucleus's outline is off by about this much, in µm: so close to it nothing is read. */
const BESIDE_NUCLEUS_UM = 0.25;
/** Rows whose nuclei are measured at once, so that memory does not grow with the picture. */
const STRIP_ROWS = 512;

/** What is measured of the cells of a picture, before any cut point. Typed arrays only: entry k belongs to nucleus k. */
export type MembraneSectors = {
  readonly count: number;
  /** `SECTORS` numbers a nucleus: the highest density of DAB between nucleus and end of the cell, in hundredths; or `UNSEEN`. */
  readonly density: Uint8Array;
  /**
   * `SECTORS` numbers a nucleus: which of its neighbours has the cell that begins where this one ends, counted from the
   * nucleus's first in `neighbours`; `ALONE` for none.
   */
  readonly facing: Uint8Array;
  /** Entries of nuclei, or `NOBODY` for one that is not in the table: those of nucleus k from `firstNeighbour[k]` to `firstNeighbour[k + 1]`. */
  readonly neighbours: Int32Array;
  readonly firstNeighbour: Int32Array;
  /** Median density of DAB beside the membrane; 0 where no cell is wide enough to tell. */
  readonly cytoplasm: Float32Array;
};

type Nuclei = {
  readonly count: number;
  readonly areaPx: ArrayLike<number>;
  /** In pixels of the whole of which the image is a window. */
  readonly centroidX: ArrayLike<number>;
  readonly centroidY: ArrayLike<number>;
  /** In pixels of the window, as the labels. */
  readonly bbox: ArrayLike<number>;
  readonly labelMap: LabelMap;
  /** 1 = the nucleus is measured, and the window shows `reachOfMembranes` around it; by default all are. */
  readonly wanted?: Uint8Array;
};

type Field = {
  readonly image: PictureWindow;
  readonly micronsPerPixel: number;
  readonly reachUm?: number;
  /** White balance by `MEMBRANE_WHITE`, one factor a channel; by default that of the image. */
  readonly gains?: readonly number[];
};

/** So many pixels around a nucleus say all that is measured of its cell: there its neighbours' cells end its own. */
export const reachOfMembranes = (micronsPerPixel: number, reachUm = CELL_REACH_UM): number =>
  2 * Math.ceil(Math.max(1, reachUm / micronsPerPixel)) + 2;

/**
 * Looks for a membrane around each nucleus: along 72 rays from its centre, from its outline to where its cell ends.
 *
 * A cell ends at `reachUm`, or halfway to the next nucleus. A ray's membrane lies where DAB is densest. A sector has the
 * median of its three rays. The cytoplasm has the density beside the membrane, on the side where it is denser: of stained
 * cytoplasm without a membrane the densest place is no denser than what lies beside it.
 *
 * All arithmetic is in pixels of the whole: a window gives the same bits.
 */
export function measureMembranes(
  nuclei: Nuclei,
  { image, micronsPerPixel, reachUm = CELL_REACH_UM, gains = whiteGains(image, MEMBRANE_WHITE) }: Field,
): MembraneSectors {
  const { count, bbox, wanted } = nuclei;
  const measured = {
    density: new Uint8Array(count * SECTORS).fill(UNSEEN),
    facing: new Int32Array(count * SECTORS).fill(NOBODY),
    cytoplasm: new Float32Array(count),
  };
  const least = LEAST_UM2 / micronsPerPixel ** 2;
  const used = Int32Array.from({ length: count }, (_, k) => k).filter(
    (k) => nuclei.areaPx[k] > least && (!wanted || wanted[k] === 1),
  );
  used.sort((a, b) => bbox[4 * a + 1] - bbox[4 * b + 1] || a - b);
  const reach = Math.max(1, reachUm / micronsPerPixel);
  const margin = reachOfMembranes(micronsPerPixel, reachUm);
  const scale = { reach, margin, micronsPerPixel, least };
  for (let from = 0; from < used.length; ) {
    let to = from;
    const top = bbox[4 * used[from] + 1];
    while (to < used.length && bbox[4 * used[to] + 1] < top + STRIP_ROWS) to++;
    measureStrip(nuclei, used.subarray(from, to), image, gains, scale, measured);
    from = to;
  }
  const { density, facing, cytoplasm } = measured;
  return { count, density, cytoplasm, ...listNeighbours(facing, count) };
}

/** Whose cells those of each nucleus meet, each once. */
function listNeighbours(
  next: Int32Array,
  count: number,
): Pick<MembraneSectors, 'facing' | 'neighbours' | 'firstNeighbour'> {
  const facing = new Uint8Array(next.length).fill(ALONE);
  const firstNeighbour = new Int32Array(count + 1);
  const neighbours: number[] = [];
  for (let k = 0; k < count; k++) {
    const first = neighbours.length;
    for (let s = k * SECTORS; s < (k + 1) * SECTORS; s++) {
      if (next[s] === NOBODY) continue;
      let at = first;
      while (at < neighbours.length && neighbours[at] !== next[s]) at++;
      if (at === neighbours.length) neighbours.push(next[s]);
      facing[s] = at - first;
    }
    firstNeighbour[k + 1] = neighbours.length;
  }
  return { facing, neighbours: Int32Array.from(neighbours), firstNeighbour };
}

type Measured = {
  readonly density: Uint8Array;
  /** The entry of the nucleus whose cell begins at the end of each sector, or `NOBODY`. */
  readonly facing: Int32Array;
  readonly cytoplasm: Float32Array;
};

type Scale = {
  readonly reach: number;
  readonly margin: number;
  readonly micronsPerPixel: number;
  readonly least: number;
};

function measureStrip(
  nuclei: Nuclei,
  entries: Int32Array,
  image: PictureWindow,
  gains: readonly number[],
  { reach, margin, micronsPerPixel, least }: Scale,
  measured: Measured,
): void {
  const { bbox, labelMap, areaPx } = nuclei;
  const { width, height } = labelMap;
  const place = placeOf(image);
  // Whose cell a pixel is follows from the nuclei within reach of it.
  const fromRow = Math.max(0, bbox[4 * entries[0] + 1] - margin);
  let toRow = fromRow;
  for (const k of entries) toRow = Math.max(toRow, Math.min(height, bbox[4 * k + 3] + margin));
  const labels = labelMap.data.slice(fromRow * width, toRow * width);
  for (let i = 0; i < labels.length; i++) if (labels[i] > 0 && areaPx[labels[i] - 1] <= least) labels[i] = 0;
  const strip: Strip = {
    width,
    height: toRow - fromRow,
    left: place.x,
    top: place.y + fromRow,
    labels,
    owners: growTerritories(labels, width, toRow - fromRow, reach),
    dab: dabDensities(image, gains, fromRow, toRow),
  };
  for (const k of entries) measureCell(nuclei, k, strip, reach, micronsPerPixel, measured);
}

type Strip = {
  readonly width: number;
  readonly height: number;
  /** Its first pixel, in the whole. */
  readonly left: number;
  readonly top: number;
  readonly labels: Int32Array;
  readonly owners: Int32Array;
  readonly dab: Uint8Array;
};

const DIRECTION_X = Float64Array.from({ length: RAYS }, (_, n) => Math.cos((2 * Math.PI * (n + 0.5)) / RAYS));
const DIRECTION_Y = Float64Array.from({ length: RAYS }, (_, n) => Math.sin((2 * Math.PI * (n + 0.5)) / RAYS));

function measureCell(
  { centroidX, centroidY, bbox }: Nuclei,
  k: number,
  strip: Strip,
  reach: number,
  micronsPerPixel: number,
  { density, facing, cytoplasm }: Measured,
): void {
  const [centreX, centreY] = [centroidX[k], centroidY[k]];
  const [boxWidth, boxHeight] = [bbox[4 * k + 2] - bbox[4 * k], bbox[4 * k + 3] - bbox[4 * k + 1]];
  const step = STEP_UM / micronsPerPixel;
  const steps = Math.ceil((Math.sqrt(boxWidth ** 2 + boxHeight ** 2) + reach) / step) + 2;
  const beside = Math.round(BESIDE_NUCLEUS_UM / STEP_UM);
  const half = Math.round(MEMBRANE_HALF_UM / STEP_UM);
  const profile = new Float64Array(steps);
  const peaks = new Float64Array(RAYS_PER_SECTOR);
  const cytoplasmCounts = new Uint32Array(UNSEEN);
  let cytoplasmTotal = 0;
  for (let sector = 0; sector < SECTORS; sector++) {
    let seen = 0;
    for (let n = 0; n < RAYS_PER_SECTOR; n++) {
      const ray = sector * RAYS_PER_SECTOR + n;
      const [dx, dy] = [DIRECTION_X[ray] * step, DIRECTION_Y[ray] * step];
      const end = followRay(strip, k + 1, centreX, centreY, dx, dy, steps, profile);
      if (end.isOutside) continue;
      if (end.next !== 0) facing[k * SECTORS + sector] = end.next - 1;
      // Nuclei that touch have their membranes on the outline.
      const first = Math.min(end.edge + 1 + beside, Math.max(0, end.to - 1));
      let peak = first;
      for (let s = first + 1; s < end.to; s++) if (profile[s] > profile[peak]) peak = s;
      peaks[seen++] = profile[peak];
      const inside = meanOf(profile, Math.max(first, peak - 2 * half), peak - half);
      const outside = meanOf(profile, peak + half + 1, Math.min(end.to, peak + 2 * half + 1));
      if (inside < 0 && outside < 0) continue;
      cytoplasmCounts[Math.round(Math.max(inside, outside))]++;
      cytoplasmTotal++;
    }
    if (seen * 2 > RAYS_PER_SECTOR) density[k * SECTORS + sector] = Math.round(medianOf(peaks.subarray(0, seen)));
  }
  cytoplasm[k] = medianOfCounts(cytoplasmCounts, cytoplasmTotal) / 100;
}

type RayEnd = {
  /** Last sample in the nucleus. */
  readonly edge: number;
  /** The sample after the last in the cell. */
  readonly to: number;
  /** The label that begins there; 0 for none. */
  readonly next: number;
  /** The ray leaves the picture inside of the cell. */
  readonly isOutside: boolean;
};

/** Reads the density of DAB along a ray through a cell into `profile`. */
function followRay(
  { width, height, left, top, labels, owners, dab }: Strip,
  label: number,
  centreX: number,
  centreY: number,
  dx: number,
  dy: number,
  steps: number,
  profile: Float64Array,
): RayEnd {
  let edge = -1;
  for (let s = 0; s < steps; s++) {
    const [x, y] = [centreX + s * dx, centreY + s * dy];
    const [column, row] = [Math.round(x) - left, Math.round(y) - top];
    if (column < 0 || row < 0 || column >= width || row >= height) return { edge, to: s, next: 0, isOutside: true };
    const i = row * width + column;
    // A bent nucleus may not cover its own centre.
    if (owners[i] !== label && edge >= 0) return { edge, to: s, next: owners[i], isOutside: false };
    if (labels[i] === label) edge = s;
    profile[s] = sampleAt(dab, { width, height, left, top }, x, y);
  }
  return { edge: Math.max(0, edge), to: steps, next: 0, isOutside: edge < 0 };
}

/** Of the entries [from, to); -1 for none. */
function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let n = from; n < to; n++) sum += values[n];
  return to > from ? sum / (to - from) : -1;
}

/** Between four pixels. */
function sampleAt(
  data: Uint8Array,
  { width, height, left, top }: Pick<Strip, 'width' | 'height' | 'left' | 'top'>,
  x: number,
  y: number,
): number {
  const column = Math.max(0, Math.min(width - 2, Math.floor(x) - left));
  const row = Math.max(0, Math.min(height - 2, Math.floor(y) - top));
  const [right, below] = [Math.min(width - 1, column + 1), Math.min(height - 1, row + 1)];
  const u = Math.min(1, Math.max(0, x - (column + left)));
  const v = Math.min(1, Math.max(0, y - (row + top)));
  const upper = data[row * width + column] * (1 - u) + data[row * width + right] * u;
  const lower = data[below * width + column] * (1 - u) + data[below * width + right] * u;
  return upper * (1 - v) + lower * v;
}

function medianOf(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** The smallest value that at least half of what was counted does not exceed; 0 for nothing. */
function medianOfCounts(counts: Uint32Array, total: number): number {
  let below = 0;
  for (let value = 0; value < counts.length; value++) {
    below += counts[value];
    if (below > 0 && 2 * below >= total) return value;
  }
  return 0;
}
