import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Raster, raster } from '@/lib/imaging/raster';
import { roundHalfEven } from '@/lib/imaging/rounding';
import { drawOverlay, drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { sketchNuclei } from '@/lib/scoring/draw/sketch-nuclei';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { traceContours } from '@/lib/scoring/find/trace-contours';
import { type GateThresholds, gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';

const casesIn = (folder: string): [name: string, folder: string][] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => statSync(join(folder, name)).isDirectory())
        .map((name) => [name, join(folder, name)])
    : [];

/** Drawn and answered by `__fixtures__/make_reference.py`, an implementation of the reference's behaviour of its own. */
const ownCases = casesIn(join(import.meta.dirname, '__fixtures__/reference'));
/** Answered by the reference itself. They are not in the repository. */
const shared = process.env.RESTAIN_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const sharedCases = casesIn(join(shared, 'reference/postprocess'));
if (sharedCases.length === 0) {
  console.warn(`the reference's own cases are skipped: ${shared} does not hold them (set RESTAIN_SHARED)`);
  it.skip("the reference's own cases: folder absent", () => {});
}

const MICRONS_PER_PIXEL: Record<string, number> = { '10x': 1, '20x': 0.5, '40x': 0.25 };

type Params = {
  seg_thresh?: number;
  size_thresh?: number;
  size_thresh_upper?: number;
  marker_thresh?: number | 'default';
};

/** Options of the reference that the product does not offer. */
const NOT_OFFERED = ['noise_thresh', 'large_noise_thresh', 'od_thresh_lower', 'od_thresh_upper'];
const isOffered = ({ params }: { params: Params }) => !Object.keys(params).some((name) => NOT_OFFERED.includes(name));

/**
 * Hundredths of optical density of a nucleus, summed over the channels and averaged over its pixels; halves round to even.
 * The float32 mean has enough digits to recover the sum, a whole number, so that ties are exact.
 */
function meanCentiOpticalDensity({ areaPx, odMean }: NucleusTable, k: number): number {
  return roundHalfEven(Math.round(odMean[k] * 300 * areaPx[k]) / areaPx[k]);
}

async function readRaster(path: string): Promise<Raster> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return raster(new Uint8Array(data), info.width, info.height, info.channels as 1 | 3);
}

const sha256 = (picture: Raster) => createHash('sha256').update(picture.data).digest('hex');

type Record5 = { size: number; positive: boolean; bbox: number[][]; centroid: number[]; boundary: number[][] };

/**
 * The reference's string form of a record, which the product has no use for: base 92 digits from '#', low digit last.
 * A head digit tells how many digits the size (bits 4-5) and the corner (bits 2-3) take beyond one; then size, twice the
 * marker plus the class in two digits, corner, extent, centroid, start (all from the corner) and runs of at most ten
 * steps, eight times their length plus their direction, counted anticlockwise from east.
 */
function compact({ size, positive, bbox, centroid, boundary }: Record5, value: number): string {
  const [[x0, y0], [x1, y1]] = bbox;
  const digits = (n: number) => (n < 92 ? 1 : n < 92 * 92 ? 2 : 3);
  const base92 = (n: number, length: number): string =>
    length === 0 ? '' : base92(Math.floor(n / 92), length - 1) + String.fromCharCode(35 + (n % 92));
  const corner = Math.max(digits(x0), digits(y0));
  const runs = boundary.flatMap(([x, y], n) => {
    if (n === boundary.length - 1) return [];
    const [dx, dy] = [boundary[n + 1][0] - x, boundary[n + 1][1] - y];
    const steps = Math.max(Math.abs(dx), Math.abs(dy));
    const direction = ['1,0', '1,-1', '0,-1', '-1,-1', '-1,0', '-1,1', '0,1', '1,1'].indexOf(
      `${dx / steps},${dy / steps}`,
    );
    return Array.from({ length: Math.ceil(steps / 10) }, (_, part) => 8 * Math.min(10, steps - 10 * part) + direction);
  });
  return [
    base92(16 * (digits(size) - 1) + 4 * (corner - 1), 1),
    base92(size, digits(size)),
    base92(2 * value + (positive ? 1 : 0), 2),
    base92(x0, corner) + base92(y0, corner),
    ...[x1 - x0, y1 - y0, centroid[0] - x0, centroid[1] - y0, boundary[0][0] - x0, boundary[0][1] - y0].map((n) =>
      base92(n, 1),
    ),
    ...runs.map((n) => base92(n, 1)),
  ].join('');
}

describe.each([...ownCases, ...sharedCases])('reference case %s', async (_, folder) => {
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const micronsPerPixel = MICRONS_PER_PIXEL[expected.resolution];
  const [image, segmentation, marker] = await Promise.all(
    ['ihc.png', 'seg.png', 'marker.png'].map((file) => readRaster(join(folder, file))),
  );

  const run = (params: Params) => {
    const table = segmentNuclei(
      { image, segmentation, marker },
      { algorithm: 'deepliif', probThresh: params.seg_thresh ?? 120, micronsPerPixel },
    );
    const stated: GateThresholds = {
      sizeThresh: params.size_thresh ?? 'auto',
      sizeThreshUpper: params.size_thresh_upper ?? null,
      markerThresh: params.marker_thresh === 'default' ? 'auto' : (params.marker_thresh ?? null),
    };
    const thresholds = resolveGates(table, marker, stated, micronsPerPixel);
    return { table, thresholds, gated: gateNuclei(table, thresholds) };
  };

  for (const [index, { params, scoring, overlay_sha256, refined_sha256 }] of expected.final
    .filter(isOffered)
    .entries()) {
    it(`option set ${index} ${JSON.stringify(params)}`, () => {
      const { table, thresholds, gated } = run(params);
      const index = labelingIndex(gated);
      expect({
        num_total: index.total,
        num_pos: index.positive,
        num_neg: index.negative,
        percent_pos: index.percentPositive,
        seg_thresh: params.seg_thresh ?? 120,
        size_thresh: thresholds.sizeThresh,
        size_thresh_upper: thresholds.sizeThreshUpper,
        marker_thresh: thresholds.markerThresh,
      }).toEqual(scoring);
      const sketch = sketchNuclei(table, gated);
      const overlay = drawOverlay(image, sketch);
      const refined = drawRefined(sketch);
      expect.soft(sha256(overlay), 'overlay').toBe(overlay_sha256);
      expect.soft(sha256(refined), 'refined').toBe(refined_sha256);
    });
  }

  it('gives every cell its record', () => {
    const { table, thresholds } = run({ marker_thresh: 'default' });
    const { offsets, points } = traceContours(table);
    const records = Array.from({ length: table.count }, (_, k) => ({
      size: table.areaPx[k],
      positive: table.positive[k] === 1,
      bbox: [
        [table.bbox[4 * k], table.bbox[4 * k + 1]],
        [table.bbox[4 * k + 2] - 1, table.bbox[4 * k + 3] - 1],
      ],
      centroid: [roundHalfEven(table.centroidX[k]), roundHalfEven(table.centroidY[k])],
      boundary: Array.from({ length: (offsets[k + 1] - offsets[k]) / 2 }, (_, p) => [
        points[offsets[k] + 2 * p],
        points[offsets[k] + 2 * p + 1],
      ]),
    }));
    const [version3, version5] = expected.cells;
    expect(records.map((record, k) => ({ ...record, marker: table.markerMax[k] }))).toEqual(version3.cells);
    expect(records.map((record, k) => ({ ...record, od: meanCentiOpticalDensity(table, k) }))).toEqual(version5.cells);
    expect([thresholds.sizeThresh, thresholds.markerThresh]).toEqual([
      version3.settings.default_size_thresh,
      version3.settings.default_marker_thresh,
    ]);
    if (!expected.cells_v4_first5) return;
    const encoded = records.slice(0, 5).map((record, k) => compact(record, table.markerMax[k]));
    expect(encoded).toEqual(expected.cells_v4_first5);
  });
});
