import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import { CONTEXT_FEATURES, FEATURES, OWN } from './feature-names';
import { KINDS } from './kinds';
import { formOf } from './nucleus-form';
import {
  emptyRows,
  findNeighbours,
  mapNeighbours,
  type NeighbourMap,
  type Neighbours,
  type SummedRows,
  type SumsAround,
  sumAround,
} from './sum-around';

/** Radii of the surroundings, in diameters of the picture's median nucleus. */
const RADII = [2.5, 6] as const;
/** Smaller finds are debris more often than nuclei: they are no one's neighbours, and no part of a median. */
const LEAST_UM2 = 9;
/** A nucleus is small and round below these, long above the last: size, elongation, elongation. */
const [SMALL, ROUND, LONG] = [-0.3, 0.35, 0.55];

const OWN_COUNT = OWN.length;
/** Sums of neighbours: their own features, area, small and round, long, and direction as a vector of twice the angle. */
const [AREA, SMALL_ROUND, IS_LONG, COS, SIN, SUMMED] = [6, 7, 8, 9, 10, 11];

/** Numbers of nuclei, row by row. */
export type Features = { readonly width: number; readonly values: Float64Array };

/** What features are computed from: of a whole picture or slide, before any gate. */
export type DescribedColumns = Pick<
  MeasuredNuclei,
  'count' | 'areaPx' | 'centroidX' | 'centroidY' | 'odMean' | 'odSpread' | 'brownMean'
> &
  Pick<MeasuredNuclei, 'varianceX' | 'varianceY' | 'covariance'>;

export type Field = { readonly width: number; readonly height: number; readonly micronsPerPixel: number };

/** A picture's nuclei as the features of each of them need them. */
export type Surroundings = {
  readonly nuclei: DescribedColumns;
  /** The picture: what lies beyond its edges is not counted as empty. */
  readonly field: Field;
  /** Nuclei that are neighbours of others. */
  readonly used: Int32Array;
  readonly map: NeighbourMap;
  /** Of the median nucleus, in px. */
  readonly diameter: number;
  /** Of the own features; 0 where they count from 0. */
  readonly medians: Float64Array;
  /** What is summed of neighbours. */
  readonly rows: SummedRows;
};

/** The features of some nuclei that follow each other. */
export type DescribedRange = { readonly from: number; readonly neighbours: Neighbours; readonly features: Features };

/** Prepares what all features need: medians of the picture, and a map of its nuclei. */
export function surroundingsOf(nuclei: DescribedColumns, field: Field): Surroundings {
  const { count, areaPx } = nuclei;
  const least = LEAST_UM2 / field.micronsPerPixel ** 2;
  const used = usedOf(areaPx, count, least);
  const diameter = 2 * Math.sqrt(medianOf(used, (k) => areaPx[k]) / Math.PI);
  const map = mapNeighbours(nuclei, used, [RADII[0] * diameter, RADII[1] * diameter]);
  const medians = new Float64Array(OWN_COUNT);
  medians[0] = medianOf(used, (k) => Math.log(Math.max(areaPx[k], 1)));
  medians[3] = medianOf(used, (k) => nuclei.odMean[k]);
  medians[4] = medianOf(used, (k) => nuclei.odSpread[k]);
  medians[5] = medianOf(used, (k) => nuclei.brownMean[k]);
  const rows = emptyRows(map, SUMMED);
  const own = new Float64Array(SUMMED);
  for (let i = 0; i < map.owner.length; i++) {
    describeAlone(own, nuclei, map.owner[i], medians);
    rows.values.set(own, i * rows.stride);
  }
  return { nuclei, field, used, map, diameter, medians, rows };
}

/** Written in a loop: `filter` of a million takes many times as long. */
function usedOf(areaPx: Int32Array, count: number, least: number): Int32Array {
  const used = new Int32Array(count);
  let end = 0;
  for (let k = 0; k < count; k++) if (areaPx[k] > least) used[end++] = k;
  return used.slice(0, end);
}

/**
 * Describes the nuclei `from` to `to - 1` by form, staining and neighbours, relative to the nuclei of their own picture. The
 * features of a nucleus do not depend on the range.
 */
export function nucleusFeatures(around: Surroundings, from = 0, to = around.nuclei.count): DescribedRange {
  const { nuclei, field, used, map, diameter, medians, rows } = around;
  const width = FEATURES.length;
  const values = new Float64Array((to - from) * width);
  const neighbours = findNeighbours(map, from, to);
  const described = { from, neighbours, features: { width, values } };
  if (used.length === 0) return described;
  const summed = sumAround(neighbours, rows);
  const own = new Float64Array(SUMMED);
  for (let n = 0; n < to - from; n++) {
    const [k, at] = [from + n, n * width];
    describeAlone(own, nuclei, k, medians);
    for (let f = 0; f < OWN_COUNT; f++) values[at + f] = own[f];
    values[at + OWN_COUNT] = Math.log(Math.max(neighbours.nearest[n], 1) / diameter);
    values[at + OWN_COUNT + 1] = Math.log(Math.max(neighbours.third[n], 1) / diameter);
    for (const r of [0, 1]) {
      const side = at + OWN_COUNT + 2 + r * (OWN_COUNT + 4);
      describeAround(values, side, summed, r, n);
      values[side] = (summed.sums[r][n * SUMMED + AREA] + own[AREA]) / visibleDisc(nuclei, k, map.radii[r], field);
    }
  }
  return described;
}

/** Own features of nucleus k, less `medians`, and what else is summed of neighbours: `SUMMED` numbers. */
function describeAlone(into: Float64Array, nuclei: DescribedColumns, k: number, medians: Float64Array): void {
  const { areaPx, odMean, odSpread, brownMean, varianceX, varianceY, covariance } = nuclei;
  const form = formOf(nuclei, k);
  const [major, minor] = [Math.max(form.major, 1), Math.max(form.minor, 1)];
  into[0] = Math.log(Math.max(areaPx[k], 1)) - medians[0];
  into[1] = Math.log(major / minor);
  into[2] = areaPx[k] / ((Math.PI / 4) * major * minor) - 1;
  into[3] = odMean[k] - medians[3];
  into[4] = odSpread[k] - medians[4];
  into[5] = brownMean[k] - medians[5];
  into[AREA] = areaPx[k];
  into[SMALL_ROUND] = into[0] < SMALL && into[1] < ROUND ? 1 : 0;
  into[IS_LONG] = into[1] > LONG ? 1 : 0;
  const [along, across] = [varianceX[k] - varianceY[k], 2 * covariance[k]];
  const scale = into[1] / (Math.sqrt(along ** 2 + across ** 2) || 1);
  into[COS] = along * scale;
  into[SIN] = across * scale;
}

/** Means over the neighbours in circle `r`, after the place of the cover. */
function describeAround(values: Float64Array, to: number, { sums, counts }: SumsAround, r: number, k: number): void {
  const n = counts[r][k];
  if (n === 0) return;
  const [sum, from] = [sums[r], k * SUMMED];
  values[to + 1] = Math.sqrt(sum[from + COS] ** 2 + sum[from + SIN] ** 2) / n;
  values[to + 2] = sum[from + SMALL_ROUND] / n;
  values[to + 3] = sum[from + IS_LONG] / n;
  for (let f = 0; f < OWN_COUNT; f++) values[to + 4 + f] = sum[from + f] / n;
}

/** Area in px² of the circle around a nucleus that the picture shows, by the shares of its width and height. */
function visibleDisc({ centroidX, centroidY }: DescribedColumns, k: number, radius: number, field: Field): number {
  const shown = (centre: number, length: number) =>
    (Math.min(length, centre + radius) - Math.max(0, centre - radius)) / (2 * radius);
  return Math.PI * radius ** 2 * shown(centroidX[k], field.width) * shown(centroidY[k], field.height);
}

/** So much of every nucleus is taken to be of each kind, so that each kind has a mean. */
const LEAST_SHARE = 0.02;
/** Likelihoods below it do not differ. */
const LEAST_LIKELIHOOD = 0.01;

/** What a first look says of the kinds of all nuclei of a picture. */
export type GuessedKinds = {
  /** Likelihood of each kind: `KINDS.length` numbers a nucleus that add up to 1. */
  readonly likelihood: Float32Array;
  /** The same of nuclei that are neighbours. */
  readonly rows: SummedRows;
  /** Mean likelihood of each kind. */
  readonly shares: Float64Array;
  /** Means of the own features over the nuclei of each kind. */
  readonly means: Float64Array;
};

/** @param likelihood - of all nuclei. */
export function gatherGuesses({ nuclei, used, map, medians }: Surroundings, likelihood: Float32Array): GuessedKinds {
  const kinds = KINDS.length;
  const rows = emptyRows(map, kinds);
  for (let i = 0; i < map.owner.length; i++)
    for (let c = 0; c < kinds; c++) rows.values[i * rows.stride + c] = likelihood[map.owner[i] * kinds + c];
  const shares = new Float64Array(kinds);
  const weights = new Float64Array(kinds);
  const means = new Float64Array(kinds * OWN_COUNT);
  const own = new Float64Array(SUMMED);
  for (const k of used) {
    describeAlone(own, nuclei, k, medians);
    for (let c = 0; c < kinds; c++) {
      shares[c] += likelihood[k * kinds + c];
      const weight = likelihood[k * kinds + c] + LEAST_SHARE;
      weights[c] += weight;
      for (let f = 0; f < OWN_COUNT; f++) means[c * OWN_COUNT + f] += weight * own[f];
    }
  }
  return {
    ...{ likelihood, rows },
    shares: shares.map((sum) => sum / (used.length || 1)),
    means: means.map((sum, i) => sum / (weights[Math.floor(i / OWN_COUNT)] || 1)),
  };
}

/** What surrounds each nucleus of a range once its kind and those of its neighbours were guessed. */
export function contextFeatures(
  { nuclei, used, medians }: Surroundings,
  { from, neighbours }: Pick<DescribedRange, 'from' | 'neighbours'>,
  { likelihood, rows, shares, means }: GuessedKinds,
): Features {
  const count = neighbours.nearest.length;
  const [width, kinds] = [CONTEXT_FEATURES.length, KINDS.length];
  const values = new Float64Array(count * width);
  if (used.length === 0) return { width, values };
  const { sums, counts } = sumAround(neighbours, rows);
  const own = new Float64Array(SUMMED);
  for (let n = 0; n < count; n++) {
    const k = from + n;
    let to = n * width;
    for (const r of [0, 1])
      for (let c = 0; c < kinds; c++)
        values[to++] = counts[r][n] === 0 ? shares[c] : sums[r][n * kinds + c] / counts[r][n];
    for (let c = 0; c < kinds; c++) values[to++] = Math.log(likelihood[k * kinds + c] + LEAST_LIKELIHOOD);
    describeAlone(own, nuclei, k, medians);
    for (let c = 0; c < kinds - 1; c++)
      for (let f = 0; f < OWN_COUNT; f++) values[to++] = own[f] - means[c * OWN_COUNT + f];
  }
  return { width, values };
}

/** 0 of nothing. */
function medianOf(used: Int32Array, of: (k: number) => number): number {
  if (used.length === 0) return 0;
  // Written in a loop: `from` with a function takes many times as long.
  const values = new Float64Array(used.length);
  for (let n = 0; n < used.length; n++) values[n] = of(used[n]);
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
