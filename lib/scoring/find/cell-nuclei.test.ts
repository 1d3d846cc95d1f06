import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { type DrawnNucleus, drawScene, randomSource, type Scene, scatterNuclei } from '../__fixtures__/draw-scene';
import { type CellFind, type CellRules, findInCell, searchCell } from './cell-nuclei';
import { segmentNuclei } from './find-nuclei';

const cut = ({ data, width, channels }: Raster, region: TileRegion): Raster => {
  const part = new Uint8Array(region.width * region.height * channels);
  for (let row = 0; row < region.height; row++) {
    const at = ((region.y + row) * width + region.x) * channels;
    part.set(data.subarray(at, at + region.width * channels), row * region.width * channels);
  }
  return { data: part, width: region.width, height: region.height, channels };
};

type Nucleus = {
  first: number;
  x: number;
  y: number;
  area: number;
  positive: number;
  marker: [number, number];
  stain: number[];
  form: number[];
  runs: string;
};

/** All that is known of each nucleus, in coordinates of the whole. */
function listed({ columns, runs }: Pick<CellFind, 'columns' | 'runs'>, seen: TileRegion, whole: Raster): Nucleus[] {
  const at = (pixel: number) => {
    const row = Math.floor(pixel / seen.width);
    return (row + seen.y) * whole.width + seen.x + pixel - row * seen.width;
  };
  const pixels: string[] = Array.from({ length: columns.count }, () => '');
  runs.nucleus.forEach((k, r) => {
    pixels[k] += `${at(runs.from[r])}+${runs.to[r] - runs.from[r]} `;
  });
  return pixels.map((own, k) => ({
    first: at(columns.firstPixel[k]),
    // Centroids differ in the last bit, since they count from other places.
    x: Math.round((columns.centroidX[k] + seen.x) * 1e6),
    y: Math.round((columns.centroidY[k] + seen.y) * 1e6),
    area: columns.areaPx[k],
    positive: columns.positive[k],
    marker: [columns.markerMax[k], columns.markerMean[k]],
    stain: [columns.odMean[k], columns.odSpread[k], columns.brownMean[k]],
    form: [columns.varianceX[k], columns.varianceY[k], columns.covariance[k]],
    runs: own,
  }));
}

/** Searches one cell as the server does: with parts of the maps that are no larger than asked for, or by `slack`. */
async function searched(scene: Scene, own: TileRegion, rules: CellRules, slack = 0) {
  const { image, segmentation, marker } = scene;
  const whole = { x: 0, y: 0, width: image.width, height: image.height };
  const wider = ({ x, y, width, height }: TileRegion, by: number) =>
    intersect({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by }, whole) as TileRegion;
  let looks = 0;
  const found = await searchCell(own, whole, rules, async (asked, focus) => {
    looks++;
    const seen = wider(asked, slack);
    const place = { ...whole, x: seen.x, y: seen.y };
    const look = (around: TileRegion) =>
      findInCell(
        {
          segmentation: { ...cut(segmentation, seen), place },
          marker: cut(marker, seen),
          image: { ...cut(image, around), place: { ...whole, x: around.x, y: around.y } },
          ...{ own, damaged: [], focus },
        },
        rules,
      );
    let find = look(own);
    if (find.missingPixels) find = look(find.missingPixels);
    expect(find.missingPixels).toBeNull();
    return { ...find, nuclei: listed(find, seen, image) };
  });
  const nuclei = new Map<number, Nucleus>();
  for (const find of found)
    for (const nucleus of find.nuclei) {
      const before = nuclei.get(nucleus.first);
      if (before) expect(nucleus).toEqual(before);
      nuclei.set(nucleus.first, nucleus);
    }
  return { nuclei: [...nuclei.values()], looks };
}

const inOnePiece = ({ image, segmentation, marker }: Scene, rules: CellRules): Nucleus[] => {
  const own = { x: 0, y: 0, width: image.width, height: image.height };
  const find = findInCell({ segmentation, marker, image, own, damaged: [], focus: null }, rules);
  expect(find.open).toEqual([]);
  return listed(find, own, image);
};

const ordered = (nuclei: readonly Nucleus[]) => [...nuclei].sort((a, b) => a.first - b.first);

/** All cells of a grid. */
async function inCells(scene: Scene, side: number, rules: CellRules, slack = 0) {
  const { width, height } = scene.image;
  const nuclei: Nucleus[] = [];
  let looks = 0;
  for (let y = 0; y < height; y += side)
    for (let x = 0; x < width; x += side) {
      const own = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
      const found = await searched(scene, own, rules, slack);
      nuclei.push(...found.nuclei);
      looks += found.looks;
    }
  return { nuclei: ordered(nuclei), looks };
}

/** A block of touching nuclei, in rows that are shifted against each other. */
function crowd(x: number, y: number, columns: number, rows: number, pitch = 21): DrawnNucleus[] {
  return Array.from({ length: columns * rows }, (_, n) => ({
    x: x + pitch * ((n % columns) + (Math.floor(n / columns) % 2) / 2),
    y: y + pitch * Math.floor(n / columns),
    radiusX: 10,
    radiusY: 10,
    positive: n % 3 === 0,
  }));
}

describe('the nuclei of cells of a slide', () => {
  it.each([0.25, 0.5, 1])('are together those of the whole, at %f µm per pixel', async (micronsPerPixel) => {
    const [width, height] = [331, 277];
    const scene = drawScene(width, height, scatterNuclei(width, height, 220, 7));
    const random = randomSource(11);
    for (let round = 0; round < 4; round++) {
      const probThresh = Math.floor(random() * 200);
      const rules = { probThresh, micronsPerPixel, largestCluster: 1000, cutSide: 10 };
      const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh, micronsPerPixel });
      const whole = ordered(inOnePiece(scene, rules));
      expect(whole.length).toBeGreaterThan(20);
      expect(whole.map(({ first }) => first)).toEqual([...table.firstPixel]);
      expect(whole.map(({ area }) => area)).toEqual([...table.areaPx]);
      expect(whole.map(({ stain }) => stain[0])).toEqual([...table.odMean]);
      expect(whole.map(({ form }) => form[0])).toEqual([...table.varianceX]);
      expect(whole.map(({ positive }) => positive)).toEqual([...table.positive]);
      const { nuclei } = await inCells(scene, 10 * (3 + Math.floor(random() * 12)), rules, Math.floor(random() * 20));
      expect(nuclei).toEqual(whole);
    }
  });

  // At 2 µm per pixel a cell sees 48 pixels around it at first.
  const micronsPerPixel = 2;
  const probThresh = 100;

  /** A scene whose interiors touch where nuclei do. */
  const drawTouching = (width: number, height: number, nuclei: DrawnNucleus[]) => drawScene(width, height, nuclei, -1);

  it('are the same where clusters reach across four cells and beyond what is seen first', async () => {
    const scene = drawTouching(401, 399, [...crowd(110, 130, 8, 6), ...crowd(5, 340, 6, 3), ...crowd(330, 0, 4, 5)]);
    const rules = { probThresh, micronsPerPixel, largestCluster: 180, cutSide: 50 };
    const { nuclei, looks } = await inCells(scene, 100, rules);
    expect(looks).toBeGreaterThan(25);
    expect(nuclei.length).toBeGreaterThan(70);
    expect(nuclei).toEqual(ordered(inOnePiece(scene, rules)));
    const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh, micronsPerPixel });
    expect(nuclei.map(({ first, area }) => [first, area])).toEqual(
      [...table.firstPixel].map((first, k) => [first, table.areaPx[k]]),
    );
  });

  it('are cut alike by every cell that sees a part of a cluster above the limit', async () => {
    const scene = drawTouching(403, 397, [...crowd(60, 60, 13, 12), ...crowd(0, 340, 5, 4)]);
    const rules = { probThresh, micronsPerPixel, largestCluster: 120, cutSide: 50 };
    const whole = ordered(inOnePiece(scene, rules));
    for (const [side, slack] of [
      [50, 0],
      [100, 0],
      [100, 33],
      [200, 7],
    ] as const)
      expect((await inCells(scene, side, rules, slack)).nuclei, `cells of ${side}`).toEqual(whole);
    const uncut = ordered(inOnePiece(scene, { ...rules, largestCluster: 1000 }));
    // Some nuclei lie on a line, and become two.
    expect(whole.length).toBeGreaterThan(uncut.length);
    expect(whole.length).toBeLessThan(2 * uncut.length);
    const pixels = (nuclei: readonly Nucleus[]) => nuclei.reduce((sum, { area }) => sum + area, 0);
    expect(pixels(whole) / pixels(uncut)).toBeCloseTo(1, 2);
  });

  it('are the same where a cluster leaves a cell and comes back, whether it is above the limit or just below', async () => {
    // A frame that is closed far away: in no cell are its two ends connected.
    const frame = [...crowd(40, 40, 1, 15), ...crowd(58, 40, 9, 1), ...crowd(202, 40, 1, 15), ...crowd(58, 292, 9, 1)];
    const scene = drawTouching(300, 340, frame);
    for (const largestCluster of [100, 272, 273, 274, 275, 276, 400]) {
      const rules = { probThresh, micronsPerPixel, largestCluster, cutSide: 25 };
      expect((await inCells(scene, 50, rules)).nuclei, `limit ${largestCluster}`).toEqual(
        ordered(inOnePiece(scene, rules)),
      );
    }
  });

  it('count once where a nucleus lies exactly on a border or a corner of cells', async () => {
    const at = (x: number, y: number): DrawnNucleus => ({ x, y, radiusX: 8, radiusY: 8, positive: false });
    // Centres between two pixels, and on a pixel's centre, at borders, corners and the edges of the slide.
    const places = [49.5, 50, 99.5, 100, 149.5, 199.5].flatMap((x, n) => [at(x, 25 + 30 * n), at(25 + 30 * n, x)]);
    const scene = drawTouching(211, 209, [...places, at(99.5, 149.5), at(149.5, 99.5), at(0, 205), at(210, 0)]);
    const rules = { probThresh, micronsPerPixel, largestCluster: 60, cutSide: 25 };
    const { nuclei } = await inCells(scene, 50, rules);
    expect(nuclei.length).toBeGreaterThan(12);
    expect(nuclei).toEqual(ordered(inOnePiece(scene, rules)));
  });

  it('are the same in random crowds, with any limits', async () => {
    const random = randomSource(5);
    const whole = (most: number) => Math.floor(random() * most);
    for (let round = 0; round < 8; round++) {
      const [width, height] = [150 + whole(130), 150 + whole(130)];
      const scene = drawTouching(width, height, scatterNuclei(width, height, 100 + whole(250), 1 + whole(1000)));
      const cutSide = 10 + whole(40);
      const rules = {
        ...{ probThresh: whole(220), micronsPerPixel: 1 + whole(4) },
        ...{ largestCluster: 20 + whole(150), cutSide },
      };
      const expected = ordered(inOnePiece(scene, rules));
      const { nuclei } = await inCells(scene, cutSide * (1 + whole(3)), rules, whole(9));
      expect(nuclei, JSON.stringify(rules)).toEqual(expected);
    }
  });

  it('leave out what is damaged', async () => {
    const scene = drawTouching(200, 200, crowd(20, 20, 9, 9));
    const rules = { probThresh, micronsPerPixel, largestCluster: 400, cutSide: 100 };
    const own = { x: 0, y: 0, width: 200, height: 200 };
    const damaged = [{ x: 64, y: 0, width: 64, height: 64 }];
    const { segmentation, marker, image } = scene;
    const all = findInCell({ segmentation, marker, image, own, damaged: [], focus: null }, rules).columns;
    const left = findInCell({ segmentation, marker, image, own, damaged, focus: null }, rules).columns;
    const isIn = (x: number, y: number) => x >= 63.5 && x < 127.5 && y < 63.5;
    const outside = [...all.centroidX].filter((x, k) => !isIn(x, all.centroidY[k]));
    expect([...left.centroidX]).toEqual(outside);
    expect(left.count).toBeLessThan(all.count);
  });
});
