import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { drawOverlay, drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { sketchNuclei } from '@/lib/scoring/draw/sketch-nuclei';
import { traceContours } from '@/lib/scoring/find/trace-contours';
import { type Gates, gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { labelingIndex, wilsonInterval } from '@/lib/scoring/scores/labeling-index';
import { drawScene, scatterNuclei } from '../__fixtures__/draw-scene';
import { findConnectedNuclei } from './connected-nuclei';
import { segmentNuclei } from './find-nuclei';
import { measureNuclei } from './measure-nuclei';
import { readMeasured } from './nucleus-planes';
import { runsOfLabels } from './nucleus-runs';
import type { NucleusTable } from './nucleus-table';

const KEEP_ALL: Gates = { sizeThresh: 0, sizeThreshUpper: null, markerThresh: null };

/** A segmentation drawn in text: P positive, N negative, G boundary, W both at half strength, . nothing. */
function segmentationOf(...rows: string[]): Raster {
  const colours: Record<string, number[]> = { P: [200, 0, 0], N: [0, 0, 200], G: [0, 255, 0], W: [100, 0, 100] };
  const data = Uint8Array.from([...rows.join('')].flatMap((c) => colours[c] ?? [0, 0, 0]));
  return { data, width: rows[0].length, height: rows.length, channels: 3 };
}

/** By the reference's algorithm, without the marker. Even single pixels are nuclei, unless `noiseThresh` says otherwise. */
function segment(segmentation: Raster, noiseThresh = 0): NucleusTable {
  const image: Raster = { ...segmentation, data: new Uint8Array(segmentation.data.length).fill(255) };
  const found = findConnectedNuclei(segmentation, 120, noiseThresh);
  return {
    algorithm: 'deepliif',
    ...found,
    ...measureNuclei(found.runs, found.count, readMeasured({ image, marker: null })),
  };
}

const labelRows = ({ labelMap: { data, width } }: NucleusTable): string[] =>
  Array.from({ length: data.length / width }, (_, y) => [...data.subarray(y * width, (y + 1) * width)].join(''));

const symbol = (r: number, g: number, b: number) => (g > 0 ? 'g' : r > 0 ? 'P' : b > 0 ? 'N' : '.');
const drawnRows = ({ data, width }: Raster): string[] =>
  Array.from({ length: data.length / 3 / width }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const c = 3 * (y * width + x);
      return symbol(data[c], data[c + 1], data[c + 2]);
    }).join(''),
  );

describe('the reference algorithm', () => {
  it('joins through corners, fills holes and numbers in raster order', () => {
    const table = segment(segmentationOf('.NNN...', '.N.N.P.', '.NNN...', '....N..', 'PP.....'));
    expect(labelRows(table)).toEqual(['0111000', '0111020', '0111000', '0000100', '3300000']);
    expect([...table.areaPx]).toEqual([10, 1, 2]);
    expect([...table.positive]).toEqual([0, 1, 1]);
    expect([...table.bbox]).toEqual([1, 0, 5, 4, 5, 1, 6, 2, 0, 4, 2, 5]);
    expect([...table.firstPixel]).toEqual([1, 12, 28]);
    expect(table.centroidX[0]).toBeCloseTo((9 * 2 + 4) / 10);
    expect(table.centroidY[0]).toBeCloseTo((9 * 1 + 3) / 10);
  });

  it('counts both classes of a mixed component, halves being positive, and does not count holes', () => {
    expect([...segment(segmentationOf('PN')).positive]).toEqual([1]);
    expect([...segment(segmentationOf('PNN')).positive]).toEqual([0]);
    expect([...segment(segmentationOf('PPPPN', 'P...N', 'PNNNN', 'NNNNN')).positive]).toEqual([0]);
    // Red as strong as blue is positive.
    expect([...segment(segmentationOf('W')).positive]).toEqual([1]);
  });

  it('needs red + blue above the threshold and green of at most 80', () => {
    const at = (r: number, g: number, b: number) =>
      segment({ data: Uint8Array.of(r, g, b), width: 1, height: 1, channels: 3 }).count;
    expect([at(60, 0, 60), at(60, 0, 61), at(60, 80, 61), at(60, 81, 61), at(200, 0, 200)]).toEqual([0, 1, 1, 0, 1]);
  });

  it('drops noise but lets no outline grow over it', () => {
    const table = segment(segmentationOf('NNN......', 'NNN.P....', 'NNN......'), 1);
    expect(table.count).toBe(1);
    expect(drawnRows(drawRefined(sketchNuclei(table, gateNuclei(table, KEEP_ALL))))).toEqual([
      // The first pixel is outline. Column 3 touches the nucleus; then two steps of growth, but not into the noise.
      'gNNggg...',
      'NNNg.g...',
      'NNNggg...',
    ]);
  });

  it('draws outlines in the class colour on the original', () => {
    const table = segment(segmentationOf('PPP....NNN'));
    const gated = gateNuclei(table, KEEP_ALL);
    const image: Raster = { data: new Uint8Array(30).fill(7), width: 10, height: 1, channels: 3 };
    const [red, blue, own] = [
      [255, 0, 0],
      [0, 0, 255],
      [7, 7, 7],
    ];
    // A nucleus's first pixel is outline, and so its neighbours are only reached by growth: 4 from 3 and 6 from 7 in the
    // first step, 5 in the second, from 4 because that comes first.
    const expected = [red, own, own, red, red, red, blue, blue, own, own];
    expect([...drawOverlay(image, sketchNuclei(table, gated)).data]).toEqual(expected.flat());
  });

  it.each([
    ['above and below', ['NNNN', '....', 'PPPP'], 1, 1, 'N'],
    ['above and below, the lower label below', ['.....PP', 'NNN..PP', '......P', 'PPPPPPP'], 1, 2, 'P'],
    ['left and right', ['NN.PP', 'NN.PP'], 2, 1, 'N'],
  ])('draws what lies between two nuclei, %s, in the class of the lower label', (_, rows, x, y, owner) => {
    const table = segment(segmentationOf(...rows));
    const [width, height] = [rows[0].length, rows.length];
    const image: Raster = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
    const { data } = drawOverlay(image, sketchNuclei(table, gateNuclei(table, KEEP_ALL)));
    const between = 3 * (y * width + x);
    expect(symbol(data[between], data[between + 1], data[between + 2])).toBe(owner);
  });
});

describe('gates', () => {
  const table = {
    ...segment(segmentationOf('PPPP.NNN.NN')),
    markerMax: Uint8Array.of(10, 90, 80),
    odMean: Float32Array.of(0.1, 0.2, 0.3),
  };
  const gate = (thresholds: Partial<Gates>) => {
    const { kept, positive } = gateNuclei(table, { ...KEEP_ALL, ...thresholds });
    return [...kept].map((k, n) => (k === 0 ? '-' : positive[n] === 1 ? 'P' : 'N')).join('');
  };

  it('keeps more than the lower and fewer than the upper size', () => {
    expect(gate({})).toBe('PNN');
    expect(gate({ sizeThresh: 2 })).toBe('PN-');
    expect(gate({ sizeThreshUpper: 4 })).toBe('-NN');
    expect(gate({ sizeThresh: 3, sizeThreshUpper: 4 })).toBe('---');
  });

  it('calls positive what has marker above the threshold, whatever the segmentation says', () => {
    expect(gate({ markerThresh: 80 })).toBe('PPN');
    expect(gate({ markerThresh: 9 })).toBe('PPP');
    expect(gate({ markerThresh: 255 })).toBe('PNN');
  });
});

describe('automatic thresholds', () => {
  const gates = { sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: 'auto' } as const;
  const table = segment(segmentationOf('PPPP.NNN.NN'));

  it('are 9 µm² for the watershed, a gap in the sizes for the reference', () => {
    const split = { ...table, algorithm: 'watershed' as const };
    expect([0.25, 0.5, 1].map((mpp) => resolveGates(split, null, gates, mpp).sizeThresh)).toEqual([144, 36, 9]);
    // One hump, so the least that the reference allows: 4, 3 and 2 squared.
    expect([0.25, 0.5, 1].map((mpp) => resolveGates(table, null, gates, mpp).sizeThresh)).toEqual([16, 9, 4]);
  });

  it('take the marker from its picture, and leave it off without one', () => {
    const marker: Raster = { data: Uint8Array.of(0, 100, 200), width: 3, height: 1, channels: 1 };
    expect(resolveGates(table, marker, gates, 0.5).markerThresh).toBe(190);
    expect(resolveGates(table, marker, { ...gates, markerThresh: null }, 0.5).markerThresh).toBeNull();
    expect(resolveGates(table, null, { ...gates, markerThresh: 7 }, 0.5).markerThresh).toBeNull();
  });
});

describe('labeling index', () => {
  const gated = (positive: number, negative: number, dropped = 3) => ({
    kept: Uint8Array.from({ length: positive + negative + dropped }, (_, k) => (k < positive + negative ? 1 : 0)),
    positive: Uint8Array.from({ length: positive + negative + dropped }, (_, k) =>
      k < positive || k >= positive + negative ? 1 : 0,
    ),
  });

  it('counts kept nuclei only', () => {
    const { total, positive, negative, percentPositive } = labelingIndex(gated(8, 106));
    expect([total, positive, negative, percentPositive]).toEqual([114, 8, 106, 7]);
  });

  it('is 0 % of nothing, and then says so: anything from 0 to 100 %', () => {
    expect(labelingIndex(gated(0, 0))).toEqual({
      total: 0,
      positive: 0,
      negative: 0,
      percentPositive: 0,
      interval: [0, 100],
    });
  });

  it("gives Wilson's interval", () => {
    // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611, 29 of 29 gives 0.8830 to 1.
    for (const [successes, trials, lower, upper] of [
      [81, 263, 25.53, 36.62],
      [0, 20, 0, 16.11],
      [29, 29, 88.3, 100],
    ]) {
      const [low, high] = wilsonInterval(successes, trials);
      expect(low).toBeCloseTo(lower, 1);
      expect(high).toBeCloseTo(upper, 1);
    }
  });
});

describe('measurements', () => {
  const golden = JSON.parse(readFileSync(new URL('../../imaging/__fixtures__/kernels.json', import.meta.url), 'utf8'));

  it.each(Object.keys(golden.masks))("are scikit-image's on %s", (name) => {
    const { labels8, areas, centroids, bboxes } = golden.masks[name];
    const [height, width] = [labels8.length, labels8[0].length];
    const image: Raster = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
    const labelMap = { data: Int32Array.from(labels8.flat()), width, height };
    const measured = measureNuclei(runsOfLabels(labelMap), areas.length, readMeasured({ image, marker: null }));
    expect([...measured.areaPx]).toEqual(areas);
    centroids.forEach(([row, column]: [number, number], k: number) => {
      expect(measured.centroidX[k]).toBeCloseTo(column, 9);
      expect(measured.centroidY[k]).toBeCloseTo(row, 9);
      const [top, left, bottom, right] = bboxes[k];
      expect([...measured.bbox.subarray(4 * k, 4 * k + 4)]).toEqual([left, top, right, bottom]);
    });
  });

  it('take marker and optical density over the whole nucleus, in shared memory too', () => {
    const share = (bytes: number[]) => {
      const data = new Uint8Array(new SharedArrayBuffer(bytes.length));
      data.set(bytes);
      return data;
    };
    const labelMap = { data: Int32Array.of(1, 1, 0, 2), width: 4, height: 1 };
    const image: Raster = {
      data: share([255, 26, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0]),
      width: 4,
      height: 1,
      channels: 3,
    };
    const marker: Raster = { data: share([10, 20, 99, 7]), width: 4, height: 1, channels: 1 };
    const { markerMax, markerMean, odMean } = measureNuclei(runsOfLabels(labelMap), 2, readMeasured({ image, marker }));
    expect([...markerMax]).toEqual([20, 7]);
    expect([...markerMean]).toEqual([15, 7]);
    // 99 hundredths over three channels and two pixels; 722 over three channels.
    expect(odMean[0]).toBeCloseTo(0.165, 6);
    expect(odMean[1]).toBeCloseTo(7.22 / 3, 6);
    const rgb: Raster = { data: share([1, 2, 10, 20, 0, 3, 0, 0, 0, 7, 7, 7]), width: 4, height: 1, channels: 3 };
    const ofRgb = measureNuclei(runsOfLabels(labelMap), 2, readMeasured({ image, marker: rgb }));
    expect([...ofRgb.markerMax]).toEqual([20, 7]);
  });
});

describe('contours', () => {
  it('come for kept nuclei, in label order', () => {
    const table = segment(segmentationOf('PP.N.PP', 'PP...PP'));
    const { offsets, points } = traceContours(table, gateNuclei(table, { ...KEEP_ALL, sizeThresh: 1 }).kept);
    expect([...offsets]).toEqual([0, 8, 16]);
    expect([...points]).toEqual([0, 0, 1, 0, 1, 1, 0, 1, 5, 0, 6, 0, 6, 1, 5, 1]);
  });
});

describe('the seeded watershed', () => {
  const find = (nuclei: Parameters<typeof drawScene>[2], side: number, micronsPerPixel: number) => {
    const scene = drawScene(side, side, nuclei, 0.5 / micronsPerPixel);
    const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh: 127, micronsPerPixel });
    return { scene, table };
  };

  it.each([0.1, 0.25, 0.4, 0.5, 0.7, 1, 2])(
    'finds every drawn nucleus at %f µm per pixel, with its class, size and place',
    (micronsPerPixel) => {
      const [pitch, side] = [16 / micronsPerPixel, Math.round(96 / micronsPerPixel)];
      const nuclei = scatterNuclei(side, side, Math.round((side / pitch) ** 2), 5).filter((_, n) => n % 4 !== 0);
      const { table } = find(nuclei, side, micronsPerPixel);
      expect(table.count).toBe(nuclei.length);
      for (const nucleus of nuclei) {
        const label = table.labelMap.data[Math.round(nucleus.y) * side + Math.round(nucleus.x)];
        expect(label).toBeGreaterThan(0);
        expect(table.positive[label - 1]).toBe(nucleus.positive ? 1 : 0);
        expect(Math.hypot(table.centroidX[label - 1] - nucleus.x, table.centroidY[label - 1] - nucleus.y)).toBeLessThan(
          1,
        );
        const area = Math.PI * nucleus.radiusX * nucleus.radiusY;
        expect(Math.abs(table.areaPx[label - 1] / area - 1)).toBeLessThan(
          micronsPerPixel < 1 ? 0.15 : 0.3 * micronsPerPixel,
        );
      }
    },
  );

  it('splits nuclei that touch without a boundary between them', () => {
    const nuclei = [
      { x: 40, y: 40, radiusX: 16, radiusY: 16, positive: true },
      { x: 69, y: 40, radiusX: 16, radiusY: 16, positive: false },
    ];
    const { scene } = find(nuclei, 100, 0.25);
    // The network saw no boundary: whatever is in the band between them becomes nucleus.
    for (let y = 30; y < 50; y++)
      for (let x = 45; x < 65; x++) {
        const c = 3 * (y * 100 + x);
        if (scene.segmentation.data[c + 1] > 0) scene.segmentation.data.set([x < 55 ? 255 : 0, 0, x < 55 ? 0 : 255], c);
      }
    const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 });
    expect(table.count).toBe(2);
    expect([...table.positive].sort()).toEqual([0, 1]);
  });

  it('fills a pale centre and drops specks', () => {
    const { scene } = find([{ x: 40, y: 40, radiusX: 18, radiusY: 18, positive: false }], 80, 0.25);
    for (let y = 36; y < 44; y++)
      for (let x = 36; x < 44; x++) scene.segmentation.data.fill(0, 3 * (y * 80 + x), 3 * (y * 80 + x) + 3);
    for (let x = 5; x < 9; x++) scene.segmentation.data[3 * (5 * 80 + x)] = 255;
    const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 });
    expect(table.count).toBe(1);
    expect(table.labelMap.data[40 * 80 + 40]).toBe(1);
  });

  it('leaves a gap open that two nuclei surround', () => {
    const nuclei = [40, 64].map((x) => ({ x, y: 40, radiusX: 16, radiusY: 16, positive: false }));
    const { scene } = find(nuclei, 100, 0.25);
    const paint = (colour: number[], reachX: number, reachY: number) => {
      for (let y = 40 - reachY; y < 40 + reachY; y++)
        for (let x = 52 - reachX; x < 52 + reachX; x++) scene.segmentation.data.set(colour, 3 * (y * 100 + x));
    };
    // The two are one piece, with 4 µm² of tissue in its middle.
    paint([0, 0, 255], 6, 8);
    paint([0, 0, 0], 4, 4);
    const { count, labelMap } = segmentNuclei(scene, {
      algorithm: 'watershed',
      probThresh: 127,
      micronsPerPixel: 0.25,
    });
    expect(count).toBe(2);
    const row = [...labelMap.data.subarray(40 * 100, 41 * 100)];
    expect([row[47], ...row.slice(48, 56), row[56]]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it('finds nothing in nothing', () => {
    const { table } = find([], 16, 0.25);
    expect(table.count).toBe(0);
    expect(labelingIndex(gateNuclei(table, KEEP_ALL)).total).toBe(0);
  });

  it('draws nuclei so that their insides, grown by a pixel into the green, give back every nucleus', () => {
    const { table } = find(scatterNuclei(300, 300, 120, 3), 300, 0.25);
    const { data: refined } = drawRefined(sketchNuclei(table, gateNuclei(table, KEEP_ALL)));
    const { data: labels, width, height } = table.labelMap;
    const isInside = (i: number) => refined[3 * i] + refined[3 * i + 2] > 0;
    let wrong = 0;
    let touching = 0;
    let claimedTwice = 0;
    for (let i = 0; i < labels.length; i++) {
      const x = i % width;
      const seen = new Set<number>();
      for (const dy of [-1, 0, 1])
        for (const dx of [-1, 0, 1]) {
          const j = i + dy * width + dx;
          if (x + dx < 0 || x + dx >= width || j < 0 || j >= width * height) continue;
          if (isInside(j)) seen.add(labels[j]);
          if (isInside(i) && isInside(j) && labels[j] !== labels[i]) touching++;
        }
      const read = refined[3 * i + 1] > 0 ? seen : new Set(isInside(i) ? [labels[i]] : []);
      if (read.size > 1) claimedTwice++;
      if ((read.values().next().value ?? 0) !== labels[i]) wrong++;
    }
    // No inside touches the inside of another nucleus, and no pixel of an outline touches two.
    expect([touching, claimedTwice]).toEqual([0, 0]);
    // Only the odd pixel of a pointed corner is lost.
    expect(wrong / table.areaPx.reduce((sum, area) => sum + area, 0)).toBeLessThan(0.002);
  });
});

describe('the drawing of nuclei that were split', () => {
  const draw = (...rows: string[]) => {
    const table = { ...segment(segmentationOf(...rows)), algorithm: 'watershed' as const };
    return drawnRows(drawRefined(sketchNuclei(table, gateNuclei(table, KEEP_ALL))));
  };

  it('paints a nucleus that is too thin to have an inside whole, wherever it lies', () => {
    expect(draw('.........', '.PP...NN.', '.PP...NN.', '.........', '.NNNNNNN.', '.........')).toEqual([
      'gggg.gggg',
      'gPPg.gNNg',
      'gPPg.gNNg',
      'ggggggggg',
      'gNNNNNNNg',
      'ggggggggg',
    ]);
  });

  it('leaves a nucleus open at the sides of the picture, at both where it reaches from one to the other', () => {
    expect(draw('..NNNN', 'NNNNNN', 'NNNNNN', 'NNNNNN')).toEqual(['gggNNN', 'gggNNN', 'NNNNNN', 'NNNNNN']);
  });
});

it('refuses pictures that are not RGB', () => {
  const segmentation = segmentationOf('PP');
  const grey: Raster = { data: new Uint8Array(2), width: 2, height: 1, channels: 1 };
  const options = { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 } as const;
  for (const maps of [
    { image: grey, segmentation, marker: null },
    { image: segmentation, segmentation: grey, marker: null },
  ])
    expect(() => segmentNuclei(maps, options)).toThrow(
      expect.objectContaining({ code: 'shape_mismatch', detail: 'expected 3 channels, got 1' }),
    );
});

it('refuses pictures of differing size', () => {
  const segmentation = segmentationOf('PP');
  const image: Raster = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };
  const options = { algorithm: 'watershed', probThresh: 127, micronsPerPixel: 0.25 } as const;
  expect(() => segmentNuclei({ image, segmentation, marker: null }, options)).toThrow('expected 1 x 1, got 2 x 1');
});
