import { describe, expect, it } from 'vitest';
import { AppError } from '@/lib/errors';
import { whiteGains } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import {
  type DrawnNucleus,
  drawScene,
  randomSource,
  type Scene,
  scatterNuclei,
} from '@/lib/scoring/__fixtures__/draw-scene';
import { type CellRules, expand, searchCell } from '@/lib/scoring/find/cell-nuclei';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { describeMembranes } from '@/lib/scoring/membrane/describe-membranes';
import { MEMBRANE_WHITE, measureMembranes, SECTORS, UNSEEN } from '@/lib/scoring/membrane/measure-membranes';
import { type CellMembranes, decodeCells, decodeMembranes, encodeMembranes, joinMembranes } from './cell-membranes';
import { measureCell } from './measure-cell';
import { lookIn, mergeLooks } from './merge-looks';
import { joinCells } from './slide-nuclei';

function cut({ data, width, height, channels }: Raster, region: TileRegion) {
  const part = new Uint8Array(region.width * region.height * channels);
  for (let row = 0; row < region.height; row++) {
    const at = ((region.y + row) * width + region.x) * channels;
    part.set(data.subarray(at, at + region.width * channels), row * region.width * channels);
  }
  return {
    data: part,
    width: region.width,
    height: region.height,
    channels,
    place: { x: region.x, y: region.y, width, height },
  };
}

/** Browns rings and blots all over a scene, so that every ray meets something else. */
function stain(scene: Scene, random: () => number): Scene {
  const { image } = scene;
  const data = Uint8Array.from(image.data);
  for (let blot = 0; blot < (image.width * image.height) / 60; blot++) {
    const [x0, y0] = [random() * image.width, random() * image.height];
    const [radius, depth] = [1 + random() * 5, random()];
    for (let y = Math.max(0, Math.floor(y0 - radius)); y < Math.min(image.height, y0 + radius); y++)
      for (let x = Math.max(0, Math.floor(x0 - radius)); x < Math.min(image.width, x0 + radius); x++) {
        const at = 3 * (y * image.width + x);
        [0.27, 0.57, 0.78].forEach((weight, channel) => {
          data[at + channel] = (data[at + channel] as number) * 10 ** (-weight * depth);
        });
      }
  }
  return { ...scene, image: { ...image, data } };
}

const gainsOf = ({ image }: Scene) => whiteGains(image, MEMBRANE_WHITE);

/** Scores all cells of a grid as the server does. */
async function inCells(scene: Scene, side: number, rules: CellRules, margin: number) {
  const { width, height } = scene.image;
  const slide = { width, height };
  const files: Uint8Array[] = [];
  let asked = 0;
  for (let y = 0; y < height; y += side)
    for (let x = 0; x < width; x += side) {
      const own = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
      const cell = { ...own, column: x / side, row: y / side };
      const search = { own, damaged: [], image: scene.image };
      const mapsOf = (seen: TileRegion) => ({
        segmentation: cut(scene.segmentation, seen),
        marker: cut(scene.marker, seen),
      });
      for (let around = expand(own, margin, slide); ; ) {
        const region = around;
        const looks = await searchCell(
          own,
          slide,
          rules,
          async (seen, focus) => lookIn({ ...search, ...mapsOf(seen), around: region, focus }, rules, cell),
          region,
        );
        const image = cut(scene.image, region);
        const measured = measureCell(looks, { image, micronsPerPixel: rules.micronsPerPixel, gains: gainsOf(scene) });
        if ('needed' in measured) {
          asked++;
          around = measured.needed;
          continue;
        }
        if (files.length < 8) {
          const plain = await searchCell(own, slide, rules, async (seen, focus) =>
            lookIn({ ...search, ...mapsOf(seen), focus }, rules, cell),
          );
          // A slide without such a marker has the same nuclei.
          expect(Buffer.compare(measured.nuclei, mergeLooks(plain))).toBe(0);
        }
        files.push(measured.nuclei, measured.membranes);
        break;
      }
    }
  return { files, asked };
}

/** What is known of the membranes of each nucleus, by its place. */
function listed(files: readonly Uint8Array[]) {
  const { cells, membranes } = decodeCells(files);
  const table = joinCells(cells, 'watershed');
  const sectors = joinMembranes(table, cells, membranes);
  if (!sectors) throw new Error('membranes are missing');
  const told = describeMembranes(sectors, { weak: 0.2 }, { ...table, micronsPerPixel: 0.5 });
  return new Map(
    Array.from({ length: table.count }, (_, k) => [
      `${table.centroidX[k]} ${table.centroidY[k]}`,
      {
        density: [...sectors.density.subarray(k * SECTORS, (k + 1) * SECTORS)],
        told: [told.completeness[k], told.density[k], told.cytoplasm[k]],
      },
    ]),
  );
}

const crowd = (x: number, y: number, columns: number, rows: number): DrawnNucleus[] =>
  Array.from({ length: columns * rows }, (_, n) => ({
    ...{ x: x + 21 * ((n % columns) + (Math.floor(n / columns) % 2) / 2), y: y + 21 * Math.floor(n / columns) },
    ...{ radiusX: 10, radiusY: 10, positive: n % 3 === 0 },
  }));

describe('membranes of cells of a slide', () => {
  it('are to the bit those of the picture in one piece, by the engine of images', async () => {
    const [width, height, micronsPerPixel] = [331, 277, 0.5];
    const random = randomSource(3);
    const scene = stain(drawScene(width, height, scatterNuclei(width, height, 160, 7)), random);
    const table = segmentNuclei(scene, { algorithm: 'watershed', probThresh: 100, micronsPerPixel });
    const sectors = measureMembranes(table, { image: scene.image, micronsPerPixel });
    const told = describeMembranes(sectors, { weak: 0.2 }, { ...table, micronsPerPixel });
    expect(told.completeness.filter((share) => share > 0.1 && share < 0.9).length).toBeGreaterThan(20);
    const rules = { probThresh: 100, micronsPerPixel, largestCluster: 1000, cutSide: 10 };
    for (const [side, margin] of [
      [90, 30],
      [10 * (4 + Math.floor(random() * 20)), 0],
    ] as const) {
      const { files } = await inCells(scene, side, rules, margin);
      const found = listed(files);
      expect(found.size).toBe(table.count);
      for (let k = 0; k < table.count; k++) {
        const at = (centroid: ArrayLike<number>) => Math.round((centroid[k] as number) * 256) / 256;
        const one = found.get(`${at(table.centroidX)} ${at(table.centroidY)}`);
        expect(one?.density, `nucleus ${k}`).toEqual([...sectors.density.subarray(k * SECTORS, (k + 1) * SECTORS)]);
        expect(one?.told).toEqual([told.completeness[k], told.density[k], told.cytoplasm[k]]);
      }
    }
  });

  it('are the same in random crowds, however large cells and clusters are, and wherever they are cut', async () => {
    const random = randomSource(8);
    const whole = (most: number) => Math.floor(random() * most);
    let [asked, seen] = [0, 0];
    for (let round = 0; round < 4; round++) {
      const [width, height] = [120 + whole(80), 120 + whole(80)];
      const nuclei = [...scatterNuclei(width, height, 60 + whole(100), 1 + whole(1000)), ...crowd(whole(90), 60, 5, 3)];
      const scene = stain(drawScene(width, height, nuclei, -1), random);
      const cutSide = 20 + whole(30);
      const rules = {
        ...{ probThresh: whole(220), micronsPerPixel: 0.6 + 2 * random() },
        ...{ largestCluster: 40 + whole(90), cutSide },
      };
      const side = cutSide * Math.ceil(Math.max(width, height) / cutSide);
      const expected = listed((await inCells(scene, side, rules, 0)).files);
      const parts = await inCells(scene, cutSide * (1 + whole(3)), rules, whole(30));
      expect(listed(parts.files), JSON.stringify(rules)).toEqual(expected);
      asked += parts.asked;
      seen += [...expected.values()].filter(({ density }) => density.some((value) => value !== UNSEEN)).length;
    }
    // Where a nucleus reaches far out of its cell, more was looked at.
    expect(asked).toBeGreaterThan(0);
    expect(seen).toBeGreaterThan(100);
  });
});

describe('files of membranes', () => {
  const cell = { column: 0, row: 0, x: 0, y: 0, width: 10, height: 10 };
  const membranes: CellMembranes = {
    cell,
    foreign: Int32Array.of(256 * 12, 256 * 5),
    sectors: {
      count: 1,
      density: new Uint8Array(SECTORS).fill(30),
      facing: new Uint8Array(SECTORS),
      cytoplasm: Float32Array.of(0.07),
      neighbours: Int32Array.of(1),
      firstNeighbour: Int32Array.of(0, 1),
    },
  };

  it('are read as they were written', () => {
    expect(decodeMembranes(encodeMembranes(membranes))).toEqual(membranes);
  });

  it('that are damaged are refused', () => {
    const bytes = encodeMembranes(membranes);
    expect(() => decodeMembranes(bytes.subarray(0, bytes.length - 8))).toThrow(AppError);
    const wrong = { ...membranes, sectors: { ...membranes.sectors, facing: new Uint8Array(SECTORS).fill(1) } };
    expect(() => decodeMembranes(encodeMembranes(wrong))).toThrow(/facing/);
    expect(() => decodeMembranes(encodeMembranes({ ...membranes, foreign: new Int32Array(0) }))).toThrow(/neighbour/);
  });
});
