import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { Annotations } from '@/lib/contracts/annotation';
import { ownedBy } from '@/lib/imaging/tiles/slide-grid';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { keysOf } from '@/lib/server/slides/record';
import { openSlideRecord } from '@/lib/server/slides/stored-slide';
import { getStorage } from '@/lib/server/storage';
import { drawDiscs, rowOfDiscs } from './__fixtures__/draw-discs';
import { keepPicture, largeTiles, scored } from './__fixtures__/scoring-site';
import { currentPlan } from './current-plan';
import { keptPixels } from './kept-pixels';

const models = largeTiles();
runSite({ MODELS_DIR: models });
afterAll(() => rmSync(models, { recursive: true }));

const [WIDTH, HEIGHT] = [1100, 600];
const TISSUE = [
  [20, 20],
  [240, 20],
  [240, 240],
  [20, 240],
];

it('glass takes no room: by the outline of the tissue, then by what is measured', { timeout: 240_000 }, async () => {
  const picture = drawDiscs(WIDTH, HEIGHT, rowOfDiscs({ x: 60, y: 60 }, 6, 20));
  const { id, view_id: viewId } = await keepPicture(picture, { colour: 'ycc' });
  const { plan } = await currentPlan(await openSlideRecord(id));
  const cells = Array.from({ length: plan.cells.columns * plan.cells.rows }, (_, index) => index);
  const factsKey = keysOf(viewId).facts(plan.mapKey);
  expect(await keptPixels(plan, cells, factsKey, [])).toBe(WIDTH * HEIGHT);
  const { revision } = Annotations.parse(await (await slides.annotations(id)).json());
  const drawn = [{ id: 'tissue-one', class: 'tissue', polygons: [[TISSUE]] }];
  expect((await slides.annotate(id, { base_revision: revision, annotations: drawn })).status).toBe(200);
  const { annotations } = Annotations.parse(await (await slides.annotations(id)).json());
  // Two by two tiles of 124 pixels.
  expect(plan.grid.side).toBe(124);
  expect(await keptPixels(plan, cells, factsKey, annotations)).toBe(248 * 248);

  await scored(id, { kind: 'rectangle', x: 0, y: 0, width: WIDTH, height: HEIGHT });
  let stored = 0;
  for await (const { key } of getStorage().list(keysOf(viewId).maps(plan.mapKey))) {
    const [, column, row] = /(\d+)-(\d+)\.br$/.exec(key) ?? [];
    const { width, height } = ownedBy(plan.grid, Number(column), Number(row));
    stored += width * height;
  }
  expect(stored).toBeLessThan(WIDTH * HEIGHT);
  expect(await keptPixels(plan, cells, factsKey, annotations)).toBe(stored);
});
