import type { NucleusPixels } from '@/lib/exchange/nuclei';
import type { Raster } from '@/lib/imaging/raster';
import { autoMarkerThreshold, markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { type BandNuclei, joinBands, nucleusAt, paintLabels } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import { type NucleusRuns, runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { NucleusColumns, NucleusMaps, NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { applyCorrections } from '@/lib/scoring/gate/apply-corrections';
import { applyRegions, type Regions } from '@/lib/scoring/gate/apply-regions';
import { type GatedNuclei, gateNuclei, resolveThresholds, type Thresholds } from '@/lib/scoring/gate/gate-nuclei';
import { binIntensities, type IntensityBins, type IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { Parameters } from '../_result/parameters';
import { type OutlinedNuclei, outlineTable, withContours } from './outline-table';
import type { LiveHistograms, LiveScore, ProbedNucleus } from './protocol';
import { countRegionPixels } from './region-area';
import { createSketcher } from './sketcher';
import { createThresholdCurve } from './threshold-curve';

export type LiveMaps = NucleusMaps & { readonly micronsPerPixel: number };
export type LiveCore = ReturnType<typeof createLiveCore>;

/** Of larger pictures nothing is found ahead: it would keep every core busy for minutes. */
const MOST_FORESEEN_PX = 40_000_000;
/** The first sketches take three times as long as later ones: the halved pictures are made, the code is compiled. */
const PRACTICE = 4;

/** Finds the nuclei of all bands; null when what was asked for is no longer wanted. */
export type FindBands = (options: SegmentOptions, isWanted: () => boolean) => Promise<BandNuclei[] | null>;

/** What one segmentation found, in the forms in which it is needed. */
type Known = {
  columns: NucleusColumns;
  shown: OutlinedNuclei;
  /** Entry of the nucleus that covers a pixel, or -1. */
  at: (pixel: number) => number;
  pieces: () => readonly NucleusRuns[];
  /** With a label map, painted when it is first asked for. */
  table: () => NucleusTable;
};

/**
 * Scores one image again and again, with the kernels and in the order of the server's `scoreImage`, and keeps what a
 * change leaves as it was: gates alone cost a few operations a nucleus.
 */
export function createLiveCore(maps: LiveMaps, findBands: FindBands) {
  const { micronsPerPixel } = maps;
  const { width, height } = maps.image;
  const histogram = maps.marker && markerHistogram(maps.marker);
  const autoMarker = histogram && autoMarkerThreshold(histogram);

  let newest: (Pick<Parameters, 'algorithm' | 'probThresh'> & { known: Known }) | null = null;
  const isSegmented = ({ algorithm, probThresh }: Parameters) =>
    newest !== null && newest.algorithm === algorithm && newest.probThresh === probThresh;

  async function segment(parameters: Parameters, isWanted: () => boolean): Promise<Known | null> {
    if (newest && isSegmented(parameters)) return newest.known;
    const { algorithm, probThresh } = parameters;
    const bands = await findBands({ algorithm, probThresh, micronsPerPixel }, isWanted);
    if (!bands) return null;
    const { columns, contours, pieces } = joinBands(bands);
    const table = remember(() => ({
      ...columns,
      labelMap: paintLabels(pieces, width, height),
      clusterRows: new Int32Array(0),
      ignoredPixels: new Int32Array(0),
    }));
    const known = {
      columns,
      shown: withContours(columns, contours),
      at: (i: number) => nucleusAt(pieces, i),
      pieces: () => pieces,
      table,
    };
    newest = { algorithm, probThresh, known };
    return known;
  }

  /** With the nuclei drawn by hand: where they lie depends on the corrections and on nothing that gates. */
  const extend = remember((known: Known, corrections: Parameters['corrections']): Known => {
    if (!corrections.some(({ kind }) => kind === 'add')) return known;
    const { table } = applyCorrections(maps, known.table(), noneOf(known.columns), corrections, micronsPerPixel);
    return {
      columns: table,
      shown: outlineTable(table),
      at: (i) => table.labelMap.data[i] - 1,
      pieces: () => [runsOfLabels(table.labelMap)],
      table: () => table,
    };
  });
  const countPixels = remember((regions: Parameters['regions']) =>
    countRegionPixels(toRings(regions), maps.image.width, maps.image.height),
  );
  let last: { parameters: Parameters; known: Known; kept: GatedNuclei; counted: GatedNuclei } | null = null;

  /** @param halvings - of the picture that the table was measured on; sizes are set in pixels of the image. */
  function resolve(columns: NucleusColumns, parameters: Parameters, halvings = 0): Thresholds {
    const { sizeThresh, sizeThreshUpper, markerThresh } = parameters;
    const pixels = (size: number) => size / 4 ** halvings;
    return resolveThresholds(columns, maps.marker, {
      sizeThresh: sizeThresh === 'auto' ? sizeThresh : pixels(sizeThresh),
      sizeThreshUpper: sizeThreshUpper && pixels(sizeThreshUpper),
      markerThresh: markerThresh === 'auto' ? autoMarker : markerThresh,
      micronsPerPixel: micronsPerPixel * 2 ** halvings,
    });
  }

  const sketch = createSketcher(maps, resolve);
  let practised = 0;

  const curveOf = remember((_algorithm: Parameters['algorithm']) =>
    createThresholdCurve((columns, parameters, intensity) => {
      const gated = gateNuclei(columns, resolve(columns, parameters));
      return binCounted(columns, applyRegions(columns, gated, toRings(parameters.regions)), intensity);
    }),
  );

  function estimate(parameters: Parameters, intensity: IntensityThresholds): IntensityBins | null {
    if (last?.parameters.algorithm !== parameters.algorithm) return null;
    const exact = { parameters: last.parameters, bins: binCounted(last.known.columns, last.counted, intensity) };
    return curveOf(parameters.algorithm).estimate(parameters, exact, intensity);
  }

  async function computeAhead(isIdle: () => boolean): Promise<boolean> {
    if (!last || width * height > MOST_FORESEEN_PX) return false;
    const { algorithm, probThresh } = last.parameters;
    if (practised++ < PRACTICE) sketch(last.parameters, { x0: 0, y0: 0, x1: width, y1: height });
    const curve = curveOf(algorithm);
    const knot = curve.nextKnot(probThresh);
    const bands = knot === null ? null : await findBands({ algorithm, probThresh: knot, micronsPerPixel }, isIdle);
    if (knot === null || !bands) return false;
    curve.add(knot, joinBands(bands).columns);
    return true;
  }

  /** null when it is no longer wanted. */
  async function score(parameters: Parameters, isWanted = () => true): Promise<LiveScore | null> {
    const started = performance.now();
    const { corrections, regions } = parameters;
    const found = await segment(parameters, isWanted);
    if (!found) return null;
    const thresholds = resolve(found.columns, parameters);
    const known = extend(found, corrections);
    // What was drawn by hand is there already: `add` then finds it and lets it in.
    const gated = padded(gateNuclei(found.columns, thresholds), known.columns);
    const { gated: kept, applied } =
      corrections.length === 0
        ? { gated, applied: { class: 0, delete: 0, add: 0 } }
        : applyCorrections(maps, known.table(), gated, corrections, micronsPerPixel);
    const counted = applyRegions(known.columns, kept, toRings(regions));
    last = { parameters, known, kept, counted };
    return {
      numbers: {
        ...labelingIndex(counted),
        thresholds,
        corrections: applied,
        areaPx: countPixels(regions),
      },
      found: known.shown,
      gated: { kept: kept.kept.slice(), counted: counted.kept.slice(), positive: counted.positive.slice() },
      ms: performance.now() - started,
    };
  }

  return {
    histograms: (): LiveHistograms => ({ marker: histogram, segmentation: nucleusHistogram(maps.segmentation) }),
    score,
    /** Whether `score` would have to segment anew. */
    isSegmented,
    /** The outlines in sight, before those of the whole are found. */
    sketch,
    /** What will be counted, nearly and at once; null when too little has been foreseen. */
    estimate,
    /** While nobody waits: prepares sketches and estimates by a step. Gives whether there may be another. */
    computeAhead,
    /** The pixels of what `score` found last. */
    pixels: (): NucleusPixels => ({ pieces: last?.known.pieces() ?? [], width }),
    probe({ x, y }: { x: number; y: number }): ProbedNucleus | null {
      if (!last) return null;
      const { known, kept, counted } = last;
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (!(column >= 0 && column < width && row >= 0 && row < height)) return null;
      const index = known.at(row * width + column);
      if (index < 0) return null;
      const { columns } = known;
      return {
        index,
        isPositive: kept.positive[index] === 1,
        isKept: kept.kept[index] === 1,
        isCounted: counted.kept[index] === 1,
        areaPx: columns.areaPx[index],
        markerMax: columns.markerMax[index],
        markerMean: columns.markerMean[index],
        odMean: columns.odMean[index],
        centroidX: columns.centroidX[index],
        centroidY: columns.centroidY[index],
      };
    },
  };
}

/** Regions in the words of the kernels, as the server puts them. */
export function toRings(regions: Parameters['regions']): Regions {
  const of = (kind: 'include' | 'exclude') =>
    regions.filter((region) => region.enabled && region.kind === kind).map(({ rings }) => rings);
  return { include: of('include'), exclude: of('exclude') };
}

/** Counts of what the segmentation threshold is held against. */
function nucleusHistogram({ data }: Raster): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 3) counts[Math.min(255, data[i] + data[i + 2])]++;
  return counts;
}

/** Remembers the last answer, for arguments that are the same. */
function remember<A extends readonly unknown[], R>(compute: (...args: A) => R) {
  let known: { args: A; result: R } | null = null;
  return (...args: A): R => {
    if (!known?.args.every((arg, i) => Object.is(arg, args[i]))) known = { args, result: compute(...args) };
    return known.result;
  };
}

const noneOf = ({ count, positive }: NucleusColumns): GatedNuclei => ({ kept: new Uint8Array(count), positive });

/** Gates for a table with more nuclei at its end, none of them kept. */
function padded({ kept, positive }: GatedNuclei, table: NucleusColumns): GatedNuclei {
  if (kept.length === table.count) return { kept, positive };
  const longer = { kept: new Uint8Array(table.count), positive: table.positive.slice() };
  longer.kept.set(kept);
  longer.positive.set(positive);
  return longer;
}

const binCounted = ({ odMean }: NucleusColumns, { kept: counted, positive }: GatedNuclei, by: IntensityThresholds) =>
  binIntensities({ odMean, counted, positive }, by);
