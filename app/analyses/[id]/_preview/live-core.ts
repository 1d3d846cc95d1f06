import { readTeaching } from '@/lib/contracts/read-teaching';
import { membraneCutsOf } from '@/lib/contracts/score-choice';
import type { NucleusPixels } from '@/lib/exchange/nuclei';
import type { Raster } from '@/lib/imaging/raster';
import { autoMarkerThreshold, markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { describeKinds, type NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { KINDS } from '@/lib/scoring/classify/kinds';
import type { Features } from '@/lib/scoring/classify/nucleus-features';
import { teachKinds } from '@/lib/scoring/classify/teach-picture';
import { type BandNuclei, joinBands, joinSegmented } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import { type NucleusRuns, runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import { type OutlinedNuclei, outlineNuclei, withContours } from '@/lib/scoring/find/outlined-nuclei';
import type { SegmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import { applyRegions, splitRegions } from '@/lib/scoring/gate/apply-regions';
import { type GatedNuclei, gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { countRegionPixels } from '@/lib/scoring/gate/region-area';
import { type ReshapedNuclei, reshapeNuclei } from '@/lib/scoring/gate/reshape-nuclei';
import { measureMembranes } from '@/lib/scoring/membrane/measure-membranes';
import { type Scene, scoreFound } from '@/lib/scoring/score-image';
import { binIntensities, type IntensityBins, type IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { hotSpotWish } from '@/lib/scoring/scores/score-summary';
import type { Box, LiveHistograms, LiveScore, ProbedNucleus } from './live-protocol';
import type { Parameters } from './parameters';
import { createSketcher } from './sketcher';
import { createThresholdCurve } from './threshold-curve';

export type LiveCore = ReturnType<typeof createLiveCore>;

/** For larger pictures nothing is computed ahead, since it would keep every core busy for minutes. */
const MOST_FORESEEN_PX = 40_000_000;
/** So many sketches are drawn ahead: the first ones take three times as long, while pictures are halved and code is compiled. */
const PRACTICE = 4;

/** Finds the nuclei of all bands; null when the result is no longer wanted. */
export type FindBands = (options: SegmentOptions, isWanted: () => boolean) => Promise<BandNuclei[] | null>;

/** The nuclei of one segmentation, with their outlines for the page and their pixels for downloads. */
type Known = SegmentedNuclei & {
  readonly shown: OutlinedNuclei;
  /** The pixels of all nuclei, in one list or several. */
  readonly pieces: () => readonly NucleusRuns[];
};

/** Scores one scene for changing parameters by the steps of `lib/scoring/score-image.ts`, and keeps results that do not change. */
export function createLiveCore(scene: Scene, findBands: FindBands) {
  const { micronsPerPixel } = scene;
  const { width, height } = scene.image;
  const histogram = scene.marker && markerHistogram(scene.marker);
  const autoMarker = histogram && autoMarkerThreshold(histogram);
  /** The automatic marker threshold depends only on the picture, so it is computed once. */
  const thresholdsOf = ({ algorithm, probThresh, sizeThresh, sizeThreshUpper, markerThresh }: Parameters) => ({
    ...{ algorithm, probThresh, sizeThresh, sizeThreshUpper },
    markerThresh: markerThresh === 'auto' ? autoMarker : markerThresh,
  });

  let newest: (Pick<Parameters, 'algorithm' | 'probThresh'> & { known: Known }) | null = null;
  const isSegmented = ({ algorithm, probThresh }: Parameters) =>
    newest !== null && newest.algorithm === algorithm && newest.probThresh === probThresh;

  async function segment(parameters: Parameters, isWanted: () => boolean): Promise<Known | null> {
    if (newest && isSegmented(parameters)) return newest.known;
    const { algorithm, probThresh } = parameters;
    const bands = await findBands({ algorithm, probThresh, micronsPerPixel }, isWanted);
    if (!bands) return null;
    const { contours, pieces, ...found } = joinSegmented(bands, scene.image);
    const known = { ...found, shown: withContours(found.columns, contours), pieces: () => pieces };
    newest = { algorithm, probThresh, known };
    return known;
  }

  const reshape = remember(
    (found: Known, corrections: Parameters['corrections']): { known: Known; reshaped: ReshapedNuclei } => {
      const reshaped = reshapeNuclei(scene, found, corrections);
      const { nuclei } = reshaped;
      if (nuclei === found) return { known: found, reshaped };
      const table = nuclei.table();
      const pieces = () => [runsOfLabels(table.labelMap)];
      return { known: { ...nuclei, shown: outlineNuclei(table), pieces }, reshaped };
    },
  );
  const countPixels = remember((regions: Parameters['regions']) =>
    countRegionPixels(splitRegions(regions), width, height),
  );
  /** Slow, and the same for every click. */
  const describeFound = remember(({ columns }: Known) => describeKinds(columns, { width, height, micronsPerPixel }));
  /** By content: what crosses from the page is a new object each time. */
  const teachingOf = remember((text: string) => readTeaching(JSON.parse(text)));
  const teach = remember((known: Known, teaching: ReturnType<typeof teachingOf>) =>
    teachKinds(known, scene.image, describeFound(known), teaching),
  );
  const measureSectors = remember((known: Known) =>
    measureMembranes(known.table(), { image: scene.image, micronsPerPixel }),
  );
  let last: {
    parameters: Parameters;
    known: Known;
    kept: GatedNuclei;
    counted: GatedNuclei;
    kinds: NucleusKinds;
  } | null = null;

  const sketchInSight = createSketcher(scene);
  const sketch = (parameters: Parameters, view: Box) =>
    sketchInSight(thresholdsOf(parameters), parameters.corrections, view);
  let practised = 0;

  const curveOf = remember((_algorithm: Parameters['algorithm']) =>
    createThresholdCurve((columns, parameters) => {
      const gates = resolveGates(columns, scene.marker, thresholdsOf(parameters), micronsPerPixel);
      const gated = gateNuclei(columns, gates);
      return binCounted(columns, applyRegions(columns, gated, splitRegions(parameters.regions)), parameters.intensity);
    }),
  );

  function estimate(parameters: Parameters): IntensityBins | null {
    if (last?.parameters.algorithm !== parameters.algorithm) return null;
    const bins = binCounted(last.known.columns, last.counted, parameters.intensity);
    return curveOf(parameters.algorithm).estimate(parameters, { parameters: last.parameters, bins });
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

  /** Returns null when the score is no longer wanted. */
  async function score(parameters: Parameters, isWanted = () => true): Promise<LiveScore | null> {
    const started = performance.now();
    const { corrections, regions, intensity } = parameters;
    const { classifier } = parameters;
    const teaching = teachingOf(JSON.stringify({ teaching: parameters.teaching, ...(classifier && { classifier }) }));
    const found = await segment(parameters, isWanted);
    if (!found) return null;
    const { known, reshaped } = reshape(found, corrections);
    const membrane = membraneCutsOf({ ...parameters.membrane, marker: parameters.marker });
    const summary = { intensity, hotSpot: hotSpotWish(parameters.hotSpot, regions), membrane };
    const request = {
      thresholds: thresholdsOf(parameters),
      corrections,
      regions: splitRegions(regions),
      excludeOnEdges: parameters.excludeOnEdges,
      summary,
      marker: parameters.marker,
      teaching,
    };
    const steps = {
      reshaped,
      areaPx: countPixels(regions),
      kinds: teach(known, teaching),
      sectors: () => measureSectors(known),
    };
    const { score, kept, counted, kinds, membranes } = scoreFound(scene, found, request, steps);
    last = { parameters, known, kept, counted, kinds };
    return {
      numbers: score,
      found: known.shown,
      gated: { kept: kept.kept.slice(), counted: counted.kept.slice(), positive: counted.positive.slice() },
      kinds: {
        kind: kinds.kind.slice(),
        likelihood: kinds.likelihood.slice(),
        named: kinds.named && { ...kinds.named, entry: kinds.named.entry.slice() },
      },
      membranes,
      ms: performance.now() - started,
    };
  }

  return {
    histograms: (): LiveHistograms => ({ marker: histogram, segmentation: nucleusHistogram(scene.segmentation) }),
    score,
    /** Whether `score` would have to segment anew. */
    isSegmented,
    /** The outlines on the screen, before the nuclei of the whole picture are found. */
    sketch,
    /** An immediate estimate of the counts; null when too little has been computed ahead. */
    estimate,
    /** Computes one step ahead for sketches and estimates, while the worker is idle. Returns whether another step may follow. */
    computeAhead,
    /** What kinds are told by, of the nuclei that `score` found last. */
    features: (): Features => (last ? describeFound(last.known).tables[0] : { width: 1, values: new Float64Array() }),
    /** The pixels of the same nuclei. */
    pixels: (): NucleusPixels => ({ pieces: last?.known.pieces() ?? [], width }),
    probe({ x, y }: { x: number; y: number }): ProbedNucleus | null {
      if (!last) return null;
      const { known, kept, counted, kinds } = last;
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (!(column >= 0 && column < width && row >= 0 && row < height)) return null;
      const index = known.at(row * width + column);
      if (index < 0) return null;
      const { columns } = known;
      const valueIn = (column: ArrayLike<number>) => column[index] ?? 0;
      return {
        index,
        isPositive: kept.positive[index] === 1,
        isKept: kept.kept[index] === 1,
        isCounted: counted.kept[index] === 1,
        kind: KINDS[kinds.kind[index] ?? 0] ?? 'other',
        areaPx: valueIn(columns.areaPx),
        markerMax: valueIn(columns.markerMax),
        markerMean: valueIn(columns.markerMean),
        odMean: valueIn(columns.odMean),
        centroidX: valueIn(columns.centroidX),
        centroidY: valueIn(columns.centroidY),
      };
    },
  };
}

/** 256 counts of red + blue of each pixel, which the segmentation threshold is compared with. */
function nucleusHistogram({ data }: Raster): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 3) {
    const certainty = Math.min(255, (data[i] ?? 0) + (data[i + 2] ?? 0));
    counts[certainty] = (counts[certainty] ?? 0) + 1;
  }
  return counts;
}

/** Keeps the last result, and returns it while the arguments are the same. */
function remember<A extends readonly unknown[], R>(compute: (...args: A) => R) {
  let known: { args: A; result: R } | null = null;
  return (...args: A): R => {
    if (!known?.args.every((arg, i) => Object.is(arg, args[i]))) known = { args, result: compute(...args) };
    return known.result;
  };
}

const binCounted = ({ odMean }: NucleusColumns, { kept: counted, positive }: GatedNuclei, by: IntensityThresholds) =>
  binIntensities({ odMean, counted, positive }, by);
