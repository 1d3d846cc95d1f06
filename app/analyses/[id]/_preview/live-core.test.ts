import { describe, expect, it } from 'vitest';
import type { Region } from '@/lib/contracts/analysis';
import { readTeaching } from '@/lib/contracts/read-teaching';
import { membraneCutsOf } from '@/lib/contracts/score-choice';
import { drawScene, randomSource, scatterNuclei } from '@/lib/scoring/__fixtures__/draw-scene';
import type { Marker } from '@/lib/scoring/classify/kinds';
import type { Correction } from '@/lib/scoring/gate/apply-corrections';
import { splitRegions } from '@/lib/scoring/gate/apply-regions';
import { scoreImage } from '@/lib/scoring/score-image';
import { binIntensities, INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { type HotSpotSize, hotSpotWish } from '@/lib/scoring/scores/score-summary';
import { findHere } from './find-bands';
import { createLiveCore } from './live-core';
import type { Parameters } from './parameters';

const SIDE = 360;
const MICRONS_PER_PIXEL = 0.5;
const scene = drawScene(SIDE, SIDE, scatterNuclei(SIDE, SIDE, 200, 11));
const WHOLE = { ...scene, micronsPerPixel: MICRONS_PER_PIXEL };
/** In bands of 60 rows, so that most clusters of nuclei are cut by one border or another. */
const core = () => createLiveCore(WHOLE, findHere(scene, 60 * SIDE));

const PLAIN: Parameters = {
  algorithm: 'watershed',
  probThresh: 127,
  sizeThresh: 'auto',
  sizeThreshUpper: null,
  markerThresh: null,
  intensity: INTENSITY_THRESHOLDS,
  hotSpot: null,
  marker: null,
  membrane: {},
  regions: [],
  excludeOnEdges: false,
  corrections: [],
  teaching: { classes: [], clicks: [] },
  classifier: null,
};

function byServer({
  corrections,
  regions,
  excludeOnEdges,
  intensity,
  hotSpot,
  marker,
  membrane,
  teaching,
  classifier,
  ...thresholds
}: Parameters) {
  const cuts = membraneCutsOf({ ...membrane, marker });
  const summary = { intensity, hotSpot: hotSpotWish(hotSpot, regions), membrane: cuts };
  const taught = readTeaching({ teaching, ...(classifier && { classifier }) });
  const request = { thresholds, corrections, regions: splitRegions(regions), excludeOnEdges, summary, marker };
  return scoreImage(WHOLE, { ...request, teaching: taught });
}

async function scored(live: ReturnType<typeof core>, parameters: Parameters) {
  const score = await live.score(parameters);
  if (!score) throw new Error('nothing has overtaken it');
  return score;
}

async function expectSame(live: ReturnType<typeof core>, parameters: Parameters) {
  const { score, nuclei, counted } = byServer(parameters);
  const { sizes: _sizes, ...expected } = score;
  const { numbers } = await scored(live, parameters);
  expect(numbers).toEqual(expected);
  const { found, gated } = await scored(live, parameters);
  const areasOf = ({ areaPx }: { areaPx: Int32Array }, is: Uint8Array) =>
    Array.from(areaPx.filter((_area, k) => is[k]));
  expect(areasOf(found, gated.counted)).toEqual(areasOf(nuclei.columns, counted.kept));
}

/** Any settings that a person can make, the same on every run. */
function randomParameters(random: () => number): Parameters {
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const place = () => ({ x: random() * SIDE, y: random() * SIDE });
  const correction = (): Correction => {
    const kind = pick('class', 'delete', 'add', 'add', 'split', 'join');
    if (kind === 'split' || kind === 'join') {
      const from = place();
      return { kind, ...from, x2: from.x + 40 * (random() - 0.5), y2: from.y + 40 * (random() - 0.5) };
    }
    return kind === 'delete' ? { kind, ...place() } : { kind, ...place(), positive: random() < 0.5 };
  };
  const region = (n: number): Region => {
    const [a, b] = [place(), place()];
    const ring: [number, number][] = [
      [a.x, a.y],
      [b.x, a.y],
      [b.x, b.y],
      [a.x, b.y],
      [a.x, a.y],
    ];
    return {
      id: `${n}`,
      name: '',
      kind: pick('include', 'exclude'),
      shape: pick('polygon', 'polygon', 'hotspot'),
      enabled: random() < 0.8,
      rings: [ring],
    };
  };
  return {
    algorithm: pick('watershed', 'watershed', 'deepliif'),
    probThresh: Math.floor(random() * 255),
    sizeThresh: pick<number | 'auto'>('auto', Math.floor(random() * 300)),
    sizeThreshUpper: pick(null, null, 200 + Math.floor(random() * 400)),
    markerThresh: pick<number | 'auto' | null>(null, 'auto', Math.floor(random() * 256)),
    intensity: pick(INTENSITY_THRESHOLDS, { twoPlus: random() / 2, threePlus: 0.5 + random() }),
    hotSpot: pick<HotSpotSize | null>(
      null,
      { mm2: 0.001 + 0.04 * random() },
      { nuclei: 1 + Math.floor(random() * 200) },
    ),
    marker: pick<Marker | null>(null, 'ki67', 'cd3', 'he'),
    // Rarely: membranes take longer than all else.
    membrane: random() < 0.15 ? { measure: 'membrane', membrane_weak: 0.05 + 0.3 * random() } : {},
    regions: Array.from({ length: pick(0, 0, 1, 3) }, (_, n) => region(n)),
    excludeOnEdges: random() < 0.3,
    corrections: Array.from({ length: pick(0, 0, 4, 12) }, correction),
    teaching: {
      classes: [{ name: 'Mine', kind: 'other' }],
      clicks: Array.from({ length: pick(0, 0, 4, 40) }, () => ({
        ...place(),
        ...(random() < 0.5 ? { name: pick('tumour', 'stroma', 'Mine') } : { positive: random() < 0.5 }),
      })) as Parameters['teaching']['clicks'],
    },
    classifier: null,
  };
}

describe('the live preview', () => {
  it('counts what the server counts, whatever the settings', async () => {
    const random = randomSource(20261123);
    const live = core();
    for (let n = 0; n < 60; n++) await expectSame(live, randomParameters(random));
  });

  it('counts what the server counts while one control after the other moves', async () => {
    const random = randomSource(7);
    const live = core();
    let parameters = PLAIN;
    for (let n = 0; n < 60; n++) {
      const next = randomParameters(random);
      const names = Object.keys(PLAIN) as (keyof Parameters)[];
      const name = names[Math.floor(random() * names.length)];
      if (name) parameters = { ...parameters, [name]: next[name] };
      await expectSame(live, parameters);
    }
  });

  it('gives the same columns while only gates move, so that they need not be sent again', async () => {
    const live = core();
    const { found } = await scored(live, PLAIN);
    expect(live.isSegmented({ ...PLAIN, sizeThresh: 80 })).toBe(true);
    expect((await scored(live, { ...PLAIN, sizeThresh: 80 })).found).toBe(found);
    expect(live.isSegmented({ ...PLAIN, probThresh: 90 })).toBe(false);
    expect((await scored(live, { ...PLAIN, probThresh: 90 })).found).not.toBe(found);
  });

  it('sketches a part of the image with the outlines of the whole', async () => {
    const live = core();
    const parameters = { ...PLAIN, probThresh: 100, corrections: [{ kind: 'delete' as const, x: 180, y: 180 }] };
    const box = { x0: 120, y0: 120, x1: 240, y1: 240 };
    const sketch = live.sketch(parameters, box);
    const whole = await scored(live, parameters);
    const inBox = ({ found, gated }: typeof sketch) =>
      Array.from({ length: found.count }, (_, k) => k)
        .filter((k) => gated.kept[k] === 1)
        .filter((k) => {
          const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = found.bbox.subarray(4 * k, 4 * k + 4);
          return x0 >= box.x0 && x1 <= box.x1 && y0 >= box.y0 && y1 <= box.y1;
        })
        .map((k) => [
          gated.positive[k],
          ...found.contourPoints.subarray(found.contourOffsets[k], found.contourOffsets[k + 1]),
        ]);
    expect(inBox(sketch).length).toBeGreaterThan(5);
    expect(inBox(sketch)).toEqual(inBox(whole));
  });

  it('sketches a large picture from the halved one: nearly the same nuclei, at their places', async () => {
    const [side, micronsPerPixel] = [1800, 0.25];
    const large = drawScene(side, side, scatterNuclei(side, side, 1200, 5));
    const live = createLiveCore({ ...large, micronsPerPixel }, findHere(large));
    const corner = { kind: 'add' as const, x: 1790, y: 1790, positive: true };
    const parameters = { ...PLAIN, sizeThresh: 150, sizeThreshUpper: 1500, corrections: [corner] };
    const { found, gated } = live.sketch(parameters, { x0: 0, y0: 0, x1: side, y1: side });
    const whole = await scored(live, parameters);
    const kept = (of: { gated: { kept: Uint8Array } }) => of.gated.kept.reduce((sum, is) => sum + is, 0);
    expect(Math.abs(kept({ gated }) / kept(whole) - 1)).toBeLessThan(0.04);
    const centre = (of: typeof found, k: number) =>
      [of.centroidX[k] ?? Number.NaN, of.centroidY[k] ?? Number.NaN] as const;
    const near = (k: number, n: number) => {
      const [[x, y], [toX, toY]] = [centre(found, k), centre(whole.found, n)];
      return Math.hypot(x - toX, y - toY) < 2;
    };
    const all = Array.from({ length: whole.found.count }, (_, n) => n);
    const misplaced = Array.from({ length: found.count }, (_, k) => k).filter((k) => !all.some((n) => near(k, n)));
    expect(misplaced.length).toBeLessThan(0.04 * found.count);
  });

  it('estimates any threshold from those found ahead, corrections and regions included', async () => {
    const random = randomSource(3);
    const live = core();
    const drawn = randomParameters(random);
    const corrections: Correction[] = [1, 2, 3].map((n) => ({ kind: 'add', x: 90 * n, y: 5, positive: true }));
    const before = { ...PLAIN, regions: drawn.regions, corrections };
    await scored(live, before);
    expect(live.estimate({ ...before, probThresh: 90 })).toBeNull();
    let steps = 0;
    while (await live.computeAhead(() => true)) steps++;
    expect(steps).toBeGreaterThan(10);
    for (let n = 0; n < 20; n++) {
      const { sizeThresh, sizeThreshUpper, markerThresh } = randomParameters(random);
      const wanted = { ...before, sizeThresh, sizeThreshUpper, markerThresh, probThresh: Math.floor(255 * random()) };
      const bins = live.estimate(wanted);
      const { numbers, gated, found } = await scored(live, wanted);
      const exact = binIntensities({ odMean: found.odMean, ...gated }, wanted.intensity);
      const off = (name: keyof typeof exact) => Math.abs((bins?.[name] ?? Number.NaN) - exact[name]);
      expect(Math.max(...(Object.keys(exact) as (keyof typeof exact)[]).map(off))).toBeLessThanOrEqual(
        Math.max(3, 0.03 * numbers.total),
      );
    }
  });

  it('finds nothing ahead while it is wanted for something else', async () => {
    const live = core();
    expect(await live.computeAhead(() => true)).toBe(false);
    await scored(live, PLAIN);
    expect(await live.computeAhead(() => false)).toBe(false);
    expect(await live.computeAhead(() => true)).toBe(true);
  });

  it('tells what lies under a point', async () => {
    const live = core();
    const { found, gated } = await scored(live, PLAIN);
    const k = gated.kept.indexOf(1);
    const [x, y] = [found.centroidX[k] ?? Number.NaN, found.centroidY[k] ?? Number.NaN];
    const probed = live.probe({ x: x + 0.5, y: y + 0.5 });
    expect(probed).toMatchObject({ index: k, isKept: true, areaPx: found.areaPx[k], odMean: found.odMean[k] });
    expect(live.probe({ x: -1, y: 3 })).toBeNull();
    expect(live.probe({ x: 0.5, y: 0.5 })).toBeNull();
  });
});
