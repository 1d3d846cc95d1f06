import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { type DrawnNucleus, drawScene, randomSource, scatterNuclei } from '@/lib/scoring/__fixtures__/draw-scene';
import { FEATURES } from '@/lib/scoring/classify/feature-names';
import { nucleusFeatures, surroundingsOf } from '@/lib/scoring/classify/nucleus-features';
import { tellKindsOfSlide } from '@/lib/scoring/classify/tell-kinds';
import { type CellSearch, searchCell } from '@/lib/scoring/find/cell-nuclei';
import { lookIn, mergeLooks } from './merge-looks';
import { decodeCell, joinCells } from './slide-nuclei';

const [WIDTH, HEIGHT] = [400, 300];
const rules = { probThresh: 100, micronsPerPixel: 2, largestCluster: 250, cutSide: 50 };
const cell = { column: 1, row: 1, x: 100, y: 100, width: 100, height: 100 };
const own: TileRegion = { x: 100, y: 100, width: 100, height: 100 };

/** Two rows of touching nuclei that leave the cell on both sides, further than it sees at first, and single ones. */
const row = (y: number): DrawnNucleus[] =>
  Array.from({ length: 11 }, (_, n) => ({ x: 40 + 21 * n, y, radiusX: 10, radiusY: 10, positive: n % 2 === 0 }));
const single = [120, 180].map((x) => ({ x, y: 150, radiusX: 8, radiusY: 9, positive: false }));
const scene = drawScene(WIDTH, HEIGHT, [...row(120), ...row(185), ...single], -1);

function cut({ data, width, channels }: Raster, { x, y, ...size }: TileRegion) {
  const part = new Uint8Array(size.width * size.height * channels);
  for (let line = 0; line < size.height; line++) {
    const at = ((y + line) * width + x) * channels;
    part.set(data.subarray(at, at + size.width * channels), line * size.width * channels);
  }
  return { data: part, ...size, channels, place: { x, y, width: WIDTH, height: HEIGHT } };
}

const lookAt = (region: TileRegion, focus: CellSearch['focus']) => {
  const search = {
    ...{ segmentation: cut(scene.segmentation, region), marker: cut(scene.marker, region), image: scene.image },
    ...{ own, damaged: [], focus },
  };
  return lookIn(search, rules, cell);
};

describe('looks at a cell', () => {
  it('are merged to the file of one look that sees everything', async () => {
    const looks = await searchCell(own, { width: WIDTH, height: HEIGHT }, rules, async (region, focus) =>
      lookAt(region, focus),
    );
    expect(looks.length).toBeGreaterThan(2);
    const merged = mergeLooks(looks);
    const whole = lookAt({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, null);
    expect(whole.open).toEqual([]);
    expect(Buffer.compare(merged, whole.bytes)).toBe(0);
    const { count, markerHistogram } = decodeCell(merged);
    expect(count).toBeGreaterThan(8);
    // The cell's own pixels, each once.
    expect(markerHistogram?.reduce((sum, pixels) => sum + pixels)).toBe(100 * 100);
  });

  it('say which scanned pixels they lack', () => {
    const region = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    const image = cut(scene.image, { x: 110, y: 110, width: 40, height: 40 });
    const { segmentation, marker } = scene;
    const look = lookIn({ segmentation, marker, image, own, damaged: [], focus: null }, rules, cell);
    const { missingPixels } = look;
    expect(missingPixels).not.toBeNull();
    const { x, y, width, height } = missingPixels as TileRegion;
    expect(x).toBeLessThan(110);
    expect(x + width).toBeGreaterThan(150);
    const wider = cut(scene.image, { x, y, width, height });
    const again = lookIn({ segmentation, marker, image: wider, own, damaged: [], focus: null }, rules, cell);
    expect(again.missingPixels).toBeNull();
    expect(Buffer.compare(again.bytes, lookAt(region, null).bytes)).toBe(0);
  });
});

describe('features and kinds', () => {
  const [width, height] = [WIDTH, HEIGHT];
  const crowd = drawScene(width, height, [...scatterNuclei(width, height, 150, 3), ...row(120), ...row(185)]);
  const field = { width, height, micronsPerPixel: 0.5 };
  const fieldRules = { ...rules, micronsPerPixel: 0.5 };

  /** The table of a slide in cells of this side, whose files come in any order. */
  async function tableOf(side: number, random: () => number) {
    const files: Uint8Array[] = [];
    for (let y = 0; y < height; y += side)
      for (let x = 0; x < width; x += side) {
        const region = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
        const place = { column: x / side, row: y / side, ...region };
        const looks = await searchCell(region, field, fieldRules, async (seen, focus) =>
          lookIn(
            {
              ...{ segmentation: cut(crowd.segmentation, seen), marker: cut(crowd.marker, seen), image: crowd.image },
              ...{ own: region, damaged: [], focus },
            },
            fieldRules,
            place,
          ),
        );
        files.splice(Math.floor(random() * (files.length + 1)), 0, mergeLooks(looks));
      }
    return joinCells(files.map(decodeCell), 'watershed');
  }

  /** Of each nucleus by its place, in the order of the slide's pixels. */
  async function described(side: number, random: () => number) {
    const table = await tableOf(side, random);
    const columns = { ...table, ...(table.kindColumns as NonNullable<typeof table.kindColumns>) };
    const { values } = nucleusFeatures(surroundingsOf(columns, field)).features;
    const { kind } = tellKindsOfSlide(columns, field, null);
    return Array.from({ length: table.count }, (_, k) => ({
      place: [table.centroidY[k], table.centroidX[k]],
      kind: kind[k],
      features: values.subarray(k * FEATURES.length, (k + 1) * FEATURES.length),
    })).sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
  }

  it('of a nucleus do not depend on where cells end, nor on which came first', async () => {
    const random = randomSource(8);
    const whole = await described(10 * Math.max(width, height), random);
    expect(whole.length).toBeGreaterThan(100);
    expect(new Set(whole.map(({ kind }) => kind)).size).toBeGreaterThan(1);
    for (let round = 0; round < 4; round++) {
      const cells = await described(50 * (1 + Math.floor(random() * 4)), random);
      expect(cells.map(({ place }) => place)).toEqual(whole.map(({ place }) => place));
      expect(cells.map(({ kind }) => kind)).toEqual(whole.map(({ kind }) => kind));
      cells.forEach(({ features }, n) => {
        // Neighbours are summed in another order.
        features.forEach((value, f) => {
          expect(value, FEATURES[f]).toBeCloseTo(whole[n].features[f], 9);
        });
      });
    }
  });
});
