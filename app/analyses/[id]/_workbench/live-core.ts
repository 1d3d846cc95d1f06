import type { OutlinedNuclei } from '@/lib/client/exports/describe-nuclei';
import { autoMarkerThreshold, markerHistogram } from '@/lib/imaging/marker-threshold';
import type { Raster } from '@/lib/imaging/raster';
import { applyCorrections } from '@/lib/scoring/apply-corrections';
import { applyRegions, type Regions } from '@/lib/scoring/apply-regions';
import { type BandNuclei, joinBands, nucleusAt, paintLabels } from '@/lib/scoring/band-nuclei';
import { type GatedNuclei, gateNuclei, resolveThresholds, type Thresholds } from '@/lib/scoring/gate-nuclei';
import { labelingIndex } from '@/lib/scoring/labeling-index';
import { type SegmentOptions, segmentNuclei } from '@/lib/scoring/nuclei';
import type { NucleusColumns, NucleusMaps, NucleusTable } from '@/lib/scoring/nucleus-table';
import { type Contours, traceContours } from '@/lib/scoring/trace-contours';
import type { Parameters } from './parameters';
import type { Box, LiveHistograms, LiveScore, LiveSketch, ProbedNucleus } from './protocol';
import { countRegionPixels } from './region-area';

export type LiveMaps = NucleusMaps & { readonly micronsPerPixel: number };
export type LiveCore = ReturnType<typeof createLiveCore>;

/** Pixels around the screen that a sketch segments too, so that no nucleus on the screen is cut. */
const SKETCH_MARGIN_PX = 96;

/** Finds the nuclei of all bands; null when what was asked for is no longer wanted. */
export type FindBands = (options: SegmentOptions, isWanted: () => boolean) => Promise<BandNuclei[] | null>;

/** What one segmentation found, in the forms in which it is needed. */
type Known = {
  columns: NucleusColumns;
  shown: OutlinedNuclei;
  /** Entry of the nucleus that covers a pixel, or -1. */
  at: (pixel: number) => number;
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
      shown: describeColumns(columns, contours),
      at: (i: number) => nucleusAt(pieces, i),
      table,
    };
    newest = { algorithm, probThresh, known };
    return known;
  }

  /** With the nuclei drawn by hand: where they lie depends on the corrections and on nothing that gates. */
  const extend = remember((known: Known, corrections: Parameters['corrections']): Known => {
    if (!corrections.some(({ kind }) => kind === 'add')) return known;
    const { table } = applyCorrections(maps, known.table(), noneOf(known.columns), corrections, micronsPerPixel);
    return { columns: table, shown: describeTable(table), at: (i) => table.labelMap.data[i] - 1, table: () => table };
  });
  const countPixels = remember((regions: Parameters['regions']) =>
    countRegionPixels(toRings(regions), maps.image.width, maps.image.height),
  );
  let last: { known: Known; kept: GatedNuclei; counted: GatedNuclei } | null = null;

  function resolve(columns: NucleusColumns, { sizeThresh, sizeThreshUpper, markerThresh }: Parameters): Thresholds {
    const marker = markerThresh === 'auto' ? autoMarker : markerThresh;
    return resolveThresholds(columns, maps.marker, {
      sizeThresh,
      sizeThreshUpper,
      markerThresh: marker,
      micronsPerPixel,
    });
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
    last = { known, kept, counted };
    return {
      numbers: {
        ...labelingIndex(counted),
        thresholds,
        corrections: applied,
        medianDiameterPx: medianDiameter(known.columns, counted),
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
    /** The outlines within a part of the image, gated as the last score was. */
    sketch(parameters: Parameters, view: Box): LiveSketch {
      const box = grow(view, maps.image);
      const cut = (raster: Raster) => crop(raster, box);
      const table = segmentNuclei(
        { image: cut(maps.image), segmentation: cut(maps.segmentation), marker: maps.marker && cut(maps.marker) },
        { algorithm: parameters.algorithm, probThresh: parameters.probThresh, micronsPerPixel },
      );
      const shifted = parameters.corrections.map((one) => ({ ...one, x: one.x - box.x0, y: one.y - box.y0 }));
      const gated = gateNuclei(table, resolve(table, parameters));
      const part = { image: cut(maps.image), marker: null };
      const corrected = applyCorrections(part, table, gated, shifted, micronsPerPixel);
      return { found: moveBy(describeTable(corrected.table), box), gated: corrected.gated };
    },
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

function describeTable(table: NucleusTable): OutlinedNuclei {
  const all = { kept: new Uint8Array(table.count).fill(1), positive: table.positive };
  return describeColumns(table, traceContours(table, all));
}

function describeColumns(columns: NucleusColumns, { offsets, points }: Contours): OutlinedNuclei {
  const { count, areaPx, centroidX, centroidY, bbox, markerMax, markerMean, odMean } = columns;
  return {
    count,
    areaPx,
    centroidX,
    centroidY,
    bbox,
    markerMax,
    markerMean,
    odMean,
    contourOffsets: offsets,
    contourPoints: points,
  };
}

function medianDiameter({ areaPx }: NucleusColumns, { kept }: GatedNuclei): number | null {
  const areas = areaPx.filter((_, k) => kept[k] === 1).sort();
  return areas.length === 0 ? null : 2 * Math.sqrt(areas[areas.length >> 1] / Math.PI);
}

function grow({ x0, y0, x1, y1 }: Box, { width, height }: Raster): Box {
  return {
    x0: Math.max(0, Math.floor(x0) - SKETCH_MARGIN_PX),
    y0: Math.max(0, Math.floor(y0) - SKETCH_MARGIN_PX),
    x1: Math.min(width, Math.ceil(x1) + SKETCH_MARGIN_PX),
    y1: Math.min(height, Math.ceil(y1) + SKETCH_MARGIN_PX),
  };
}

function crop({ data, width, channels }: Raster, { x0, y0, x1, y1 }: Box): Raster {
  const cut = new Uint8Array((x1 - x0) * (y1 - y0) * channels);
  const rowBytes = (x1 - x0) * channels;
  for (let y = y0; y < y1; y++) {
    const from = (y * width + x0) * channels;
    cut.set(data.subarray(from, from + rowBytes), (y - y0) * rowBytes);
  }
  return { data: cut, width: x1 - x0, height: y1 - y0, channels };
}

function moveBy(found: OutlinedNuclei, { x0, y0 }: Box): OutlinedNuclei {
  const shift = (_: number, i: number) => (i % 2 === 0 ? x0 : y0);
  return {
    ...found,
    centroidX: found.centroidX.map((x) => x + x0),
    centroidY: found.centroidY.map((y) => y + y0),
    bbox: found.bbox.map((value, i) => value + shift(value, i)),
    contourPoints: found.contourPoints.map((value, i) => value + shift(value, i)),
  };
}
