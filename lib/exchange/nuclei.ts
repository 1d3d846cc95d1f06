import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { FEATURES } from '@/lib/scoring/classify/feature-names';
import { KINDS, NOT_NAMED, type NucleusKind } from '@/lib/scoring/classify/kinds';
import type { Features } from '@/lib/scoring/classify/nucleus-features';
import { angleOf, formOf } from '@/lib/scoring/classify/nucleus-form';
import type { NucleusRuns } from '@/lib/scoring/find/nucleus-runs';
import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import type { Membranes } from '@/lib/scoring/membrane/describe-membranes';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { type Outline, traceOutlines } from './outlines';

const GRADES = ['negative', '1+', '2+', '3+'] as const;
export type Grade = (typeof GRADES)[number];

/** What is measured of a nucleus beside others of its picture, and its form. */
export type NucleusDetails = {
  /** Standard deviation of the optical density over the nucleus. */
  readonly odSpread: number;
  /** Mean optical density of blue light less that of red. */
  readonly brownMean: number;
  /** Axes of the ellipse with the same second moments, in µm, and the direction of the longer: degrees from x towards y. */
  readonly majorUm: number;
  readonly minorUm: number;
  readonly angle: number;
  readonly kind: NucleusKind;
  /** Likelihood of that kind, 0 to 1. */
  readonly kindLikelihood: number;
  /** The class that a user named; null without. */
  readonly className: string | null;
  /** Of its cell; null where membranes were not measured. */
  readonly membrane: CellMembrane | null;
  /** What its kind is told by, in the order of `FEATURES`. Absent unless asked for, and of a nucleus added on a slide. */
  readonly features?: ArrayLike<number>;
};

/** Densities are those of DAB, apart from hematoxylin. */
export type CellMembrane = {
  /** Share of the membrane that is stained, 0 to 1. */
  readonly completeness: number;
  /** Mean of the stained part; 0 without any. */
  readonly density: number;
  /** Median beside the membrane. */
  readonly cytoplasm: number;
};

/** Columns of `NucleusDetails.features`, in their order. */
export const FEATURE_COLUMNS: readonly string[] = FEATURES.map((name) => `feature_${name}`);
/** Digits after the point of features in files. */
export const FEATURE_DIGITS = 4;

/** One counted nucleus. Coordinates are pixels of the picture: the centre of pixel (0, 0) is (0.5, 0.5). */
export type ExportedNucleus = {
  /** From 1, in the raster order of the nuclei's first pixels. */
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly isPositive: boolean;
  readonly grade: Grade;
  readonly areaPx: number;
  readonly areaUm2: number;
  readonly markerMax: number;
  readonly markerMean: number;
  readonly odMean: number;
  readonly details: NucleusDetails;
  /** x0, y0, x1, y1. */
  readonly bbox: readonly [number, number, number, number];
  readonly outline: Outline;
};

/** What lists of nuclei state. */
export type ListedNucleus = Omit<ExportedNucleus, 'bbox' | 'outline' | 'details'> & {
  /** Absent where kinds cannot be told: on slides that an older version has scored. */
  readonly details?: NucleusDetails;
  readonly outline: Pick<Outline, 'polygons'>;
};

export type NucleusPixels = {
  /** Each nucleus has all its runs in one piece, in raster order. */
  readonly pieces: readonly NucleusRuns[];
  /** Width of the picture. */
  readonly width: number;
};

/** Kernels put the centre of pixel (0, 0) at (0, 0), exports at (0.5, 0.5). */
const toCorner = (centre: number) => centre + 0.5;

/** Lists the counted nuclei, in the order of `columns`. @param features - of all nuclei; null where nobody asked for them. */
export function describeNuclei(
  columns: MeasuredNuclei,
  { pieces, width }: NucleusPixels,
  {
    counted,
    positive,
    kinds,
    membranes,
  }: { counted: Uint8Array; positive: Uint8Array; kinds: NucleusKinds; membranes?: Membranes | null },
  { micronsPerPixel, intensity }: { micronsPerPixel: number; intensity: IntensityThresholds },
  features: Features | null = null,
): ExportedNucleus[] {
  const outlines = traceOutlines(pieces, columns.count, width);
  const nuclei: ExportedNucleus[] = [];
  for (let k = 0; k < columns.count; k++) {
    if (counted[k] !== 1) continue;
    const isPositive = positive[k] === 1;
    const [x0, y0, x1, y1] = columns.bbox.subarray(4 * k, 4 * k + 4);
    nuclei.push({
      id: nuclei.length + 1,
      x: toCorner(columns.centroidX[k]),
      y: toCorner(columns.centroidY[k]),
      isPositive,
      grade: isPositive ? gradeOf(columns.odMean[k], intensity) : 'negative',
      areaPx: columns.areaPx[k],
      areaUm2: columns.areaPx[k] * micronsPerPixel ** 2,
      markerMax: columns.markerMax[k],
      markerMean: columns.markerMean[k],
      odMean: columns.odMean[k],
      details: {
        ...detailsOf(columns, kinds, k, micronsPerPixel, membranes),
        ...(features && { features: features.values.subarray(k * features.width, (k + 1) * features.width) }),
      },
      bbox: [x0, y0, x1, y1],
      outline: outlines[k],
    });
  }
  return nuclei;
}

/** @param membranes - of the first nuclei; those behind, which were added by hand on a slide, have none */
export function detailsOf(
  columns: Pick<MeasuredNuclei, 'odSpread' | 'brownMean' | 'varianceX' | 'varianceY' | 'covariance'>,
  kinds: NucleusKinds,
  k: number,
  micronsPerPixel: number,
  membranes: Membranes | null = null,
): NucleusDetails {
  const { major, minor } = formOf(columns, k);
  return {
    odSpread: columns.odSpread[k],
    brownMean: columns.brownMean[k],
    majorUm: major * micronsPerPixel,
    minorUm: minor * micronsPerPixel,
    angle: angleOf(columns, k),
    kind: KINDS[kinds.kind[k]],
    kindLikelihood: kinds.likelihood[k],
    className: namedClassOf(kinds, k),
    membrane:
      membranes && k < membranes.completeness.length
        ? {
            completeness: membranes.completeness[k],
            density: membranes.density[k],
            cytoplasm: membranes.cytoplasm[k],
          }
        : null,
  };
}

function namedClassOf({ named }: NucleusKinds, k: number): string | null {
  const entry = named?.entry[k] ?? NOT_NAMED;
  return named && entry !== NOT_NAMED ? named.names[entry] : null;
}

const gradeOf = (odMean: number, { twoPlus, threePlus }: IntensityThresholds): Grade =>
  odMean >= threePlus ? '3+' : odMean >= twoPlus ? '2+' : '1+';
