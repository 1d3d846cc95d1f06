import { rmSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { CellNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { problemOf, runSite } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { stopEngine } from '@/lib/server/inference/engine';
import { getJobQueue } from '@/lib/server/jobs';
import { processWide } from '@/lib/server/process-wide';
import { newStatus } from '@/lib/server/runs/run-status';
import { writeJson } from '@/lib/server/runs/stored-json';
import { keysOfSlides, slideOf, slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { keysOf } from '@/lib/server/slides/record';
import { sweepSlides } from '@/lib/server/slides/sweep-slides';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { type Disc, drawDiscs, rowOfDiscs } from './__fixtures__/draw-discs';
import {
  ended,
  keepPicture,
  keepPng,
  largeTiles,
  readCells,
  scored,
  scoresOf,
  scoringOf,
  scorings,
} from './__fixtures__/scoring-site';
import { readScoring } from './scoring-record';

const models = largeTiles(['blobs', 'others']);
runSite({ MODELS_DIR: models, DEFAULT_MODEL: 'blobs' });
afterAll(() => rmSync(models, { recursive: true }));
afterEach(() => getStorage().delete('slides/'));

/** Of the fixture network at 1 µm per pixel. */
const CELL = 992;
let taken = 0;
const [WIDTH, HEIGHT] = [2 * CELL + 57, CELL + 103];

// Around the corner of four cells, along the border of two, far inside of one, and at the slide's edges.
const discs: Disc[] = [
  ...rowOfDiscs({ x: CELL - 30, y: CELL - 30 }, 6, 6),
  ...rowOfDiscs({ x: 2 * CELL - 17, y: 150 }, 3, 4),
  ...rowOfDiscs({ x: 350, y: 250 }, 4, 3),
  ...rowOfDiscs({ x: CELL - 18, y: 60 }, 4, 3),
  ...rowOfDiscs({ x: 6, y: 6 }, 2, 2),
  ...rowOfDiscs({ x: WIDTH - 18, y: HEIGHT - 18 }, 2, 2),
];
const picture = drawDiscs(WIDTH, HEIGHT, discs);

const everyNucleus = (cells: readonly CellNuclei[]) =>
  cells.flatMap(({ count, centroidX, centroidY, positive }) =>
    Array.from({ length: count }, (_, k) => ({
      x: centroidX[k] ?? 0,
      y: centroidY[k] ?? 0,
      positive: positive[k] === 1,
    })),
  );

/** The files of all cells, by their names. */
async function filesOf(viewId: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { key } of getStorage().list(keysOf(viewId).allNuclei))
    files.set(key.slice(keysOf(viewId).folder.length), (await readObject(getStorage(), key))?.toString('base64') ?? '');
  return files;
}

// On loaded machines each scoring takes some seconds.
describe('the scoring of a slide', { timeout: 240_000 }, () => {
  it('finds every nucleus once, wherever it lies, and sends cells as they are finished', async () => {
    const { id, view_id: viewId } = await keepPicture(picture);
    expect((await slideOf(slides.read(id))).scoring).toBeNull();
    const done = await scored(id, { kind: 'slide' });
    expect(done).toMatchObject({ microns_per_pixel: 1, grid: { side: CELL, columns: 3, rows: 2 }, warnings: [] });
    expect(done.progress).toMatchObject({ cells_done: 6, cells: 6 });
    expect((await slideOf(slides.read(viewId))).scoring).toEqual(done);
    const { cells, cursor, key } = await readCells(viewId);
    const found = everyNucleus(cells);
    expect(found).toHaveLength(discs.length);
    for (const { x, y, positive } of discs) {
      const near = found.filter((nucleus) => Math.hypot(nucleus.x + 0.5 - x, nucleus.y + 0.5 - y) < 1.5);
      expect(near, `disc at ${x}, ${y}`).toEqual([expect.objectContaining({ positive })]);
    }
    const again = await readCells(viewId, cursor);
    expect([again.cells, again.cursor, again.key]).toEqual([[], cursor, key]);
    expect((await slides.remove(id)).status).toBe(204);
    expect(await keysOfSlides()).toEqual([]);
  });

  it('ends with the same files whichever parts are scored, in whatever order', { tags: ['long'] }, async () => {
    const whole = await keepPicture(picture);
    await scored(whole.id, { kind: 'slide' });
    const expected = await filesOf(whole.view_id);
    const { id, view_id: viewId } = await keepPicture(picture);
    const corner = { kind: 'rectangle', x: CELL, y: CELL, width: 100, height: 100 } as const;
    expect((await scored(id, corner)).progress.cells).toBe(1);
    const first = await readCells(id);
    expect(first.cells.map(({ cell }) => [cell.column, cell.row])).toEqual([[1, 1]]);
    await scored(id, { kind: 'rectangle', x: 2 * CELL + 5, y: 0, width: 9999, height: 9999 });
    // Maps that are there are used; those that are gone, or torn, are inferred anew.
    const maps = `${keysOf(viewId).folder}maps/`;
    await getStorage().delete(maps);
    await scored(id, { kind: 'rectangle', x: 0, y: 0, width: CELL + 1, height: 1 });
    for await (const { key } of getStorage().list(maps)) await getStorage().put(key, Buffer.from('torn'));
    await scored(id, { kind: 'slide' });
    expect(await filesOf(viewId)).toEqual(expected);
    expect((await readCells(id, first.cursor)).cells).toHaveLength(expected.size - 1);
  });

  it('scores what annotations touch, and refuses what is nowhere', async () => {
    const { id } = await keepPicture(picture);
    const box = (x: number, y: number, side: number) => [
      [
        [
          [x, y],
          [x + side, y],
          [x + side, y + side],
          [x, y + side],
        ],
      ],
    ];
    const annotation = (name: string, kind: string, polygons: unknown) => ({ id: name, class: kind, polygons });
    expect(await problemOf(scorings.start(id, { kind: 'tumour' }))).toMatchObject({
      status: 400,
      code: 'invalid_option',
    });
    expect(await problemOf(scorings.start(id, { kind: 'scored' }))).toMatchObject({ code: 'invalid_option' });
    const { revision: base_revision } = (await (await slides.annotations(id)).json()) as { revision: number };
    const saved = await slides.annotate(id, {
      base_revision,
      annotations: [
        annotation('across-two', 'tumour', box(CELL - 50, 40, 100)),
        annotation('all-around', 'stroma', box(-10, -10, 20_000)),
        annotation('far-beside', 'other', box(90_000, 90_000, 50)),
      ],
    });
    expect(saved.status).toBe(200);
    const cellsOf = async (ids: string[]) => (await scored(id, { kind: 'annotations', ids })).progress.cells;
    expect((await scored(id, { kind: 'tumour' })).progress.cells).toBe(2);
    const early = await scoresOf(id);
    expect(early).toMatchObject({ is_provisional: true, slide: { is_complete: false }, tumour: { is_complete: true } });
    expect(early.annotations.map((one) => [one.id, one.is_complete])).toEqual([
      ['across-two', true],
      ['all-around', false],
      ['far-beside', true],
    ]);
    expect(await cellsOf(['across-two'])).toBe(2);
    expect(await cellsOf(['across-two', 'all-around'])).toBe(6);
    const scores = await scoresOf(id);
    const inBox = discs.filter(({ x, y }) => x > CELL - 50 && x < CELL + 50 && y > 40 && y < 140);
    expect(inBox.length).toBeGreaterThan(0);
    const positive = (of: readonly Disc[]) => of.filter((disc) => disc.positive).length;
    expect(scores.tumour).toMatchObject({ num_total: inBox.length, num_pos: positive(inBox), area_mm2: 0.01 });
    expect(scores.slide).toMatchObject({ num_total: discs.length, num_pos: positive(discs), is_complete: true });
    expect(scores.annotations.map(({ num_total }) => num_total)).toEqual([inBox.length, discs.length, 0]);
    expect(scores).toMatchObject({ is_provisional: false, annotations_revision: base_revision + 1, warnings: [] });
    // Settings that need no new scoring change the numbers at once.
    const at = discs[0] as Disc;
    const corrections = [{ kind: 'delete', x: at.x, y: at.y }];
    expect((await scorings.save(id, { base_revision: 0, size_thresh: 100_000 })).status).toBe(200);
    expect((await scoresOf(id)).slide.num_total).toBe(0);
    expect((await scorings.save(id, { base_revision: 1, corrections })).status).toBe(200);
    const corrected = await scoresOf(id);
    expect(corrected).toMatchObject({ slide: { num_total: discs.length - 1 }, corrections: { delete: 1 } });
    for (const ids of [['far-beside'], ['no-such-one', 'across-two']])
      expect(await problemOf(scorings.start(id, { kind: 'annotations', ids }))).toMatchObject({
        code: 'invalid_option',
      });
    const beside = { kind: 'rectangle', x: WIDTH, y: 0, width: 10, height: 10 } as const;
    expect(await problemOf(scorings.start(id, beside))).toMatchObject({ code: 'invalid_option' });
  });

  it('keeps no tiles and maps in memory once it is over', async () => {
    const { id } = await keepPicture(picture);
    await scored(id, { kind: 'slide' });
    expect(processWide('scorings-in-work', () => new Map()).size).toBe(0);
  });

  it('with another threshold finds nuclei anew on the kept maps, and infers nothing', async () => {
    const { id, view_id: viewId } = await keepPicture(picture);
    const corner = { kind: 'rectangle', x: 0, y: 0, width: 1, height: 1 } as const;
    await scored(id, corner);
    const before = await readCells(id);
    const maps = async () => {
      const found: string[] = [];
      for await (const { key, modified } of getStorage().list(`${keysOf(viewId).folder}maps/`))
        found.push(`${key} ${modified.getTime()}`);
      return found.sort();
    };
    const kept = await maps();
    expect(kept.length).toBeGreaterThan(0);
    expect((await scorings.save(id, { base_revision: 0, prob_thresh: 40 })).status).toBe(200);
    // What was found before is of other settings.
    const between = await readCells(id, before.cursor);
    expect(between.cells).toEqual([]);
    expect(between.key).not.toBe(before.key);
    expect((await scored(id, { kind: 'scored' })).settings_revision).toBe(1);
    const after = await readCells(id, before.cursor);
    expect(after.cells).toHaveLength(1);
    const pixels = ({ cells }: typeof after) => cells[0]?.areaPx.reduce((sum, area) => sum + area, 0) ?? 0;
    expect(pixels(after)).toBeGreaterThan(pixels(before));
    expect(await maps()).toEqual(kept);
  });

  it('asks for a pixel size that nobody has stated, and keeps the one that is stated', async () => {
    const { id, view_id: viewId } = await keepPng(drawDiscs(300, 200, rowOfDiscs({ x: 25, y: 25 }, 5, 5)));
    const refused = await problemOf(scorings.start(id, { kind: 'slide' }));
    expect(refused).toMatchObject({ status: 409, code: 'wrong_state', detail: expect.stringContaining('pixel size') });
    expect(await problemOf(scorings.nuclei(id))).toMatchObject({ status: 409 });
    expect(await problemOf(scorings.start(viewId, { kind: 'slide' }))).toMatchObject({ code: 'read_only' });
    const done = await scored(id, { kind: 'slide' }, { microns_per_pixel: 1 });
    expect(done).toMatchObject({ microns_per_pixel: 1, settings_revision: 1 });
    expect(await (await scorings.settings(id)).json()).toMatchObject({ revision: 1, microns_per_pixel: 1 });
    expect(everyNucleus((await readCells(id)).cells)).toHaveLength(25);
    expect(await problemOf(scorings.read(id, 'A23456789012'))).toMatchObject({
      status: 404,
      code: 'scoring_not_found',
    });
  });

  it('counts nothing in a damaged tile, and says how many there are', async () => {
    const small = drawDiscs(1000, 600, rowOfDiscs({ x: 40, y: 40 }, 72, 40, 13));
    const sound = await keepPicture(small);
    await scored(sound.id, { kind: 'slide' });
    const all = everyNucleus((await readCells(sound.id)).cells);
    // The second tile of the second row.
    const { id } = await keepPicture(small, { damaged: [5] });
    const { warnings } = await scored(id, { kind: 'slide' });
    expect(warnings).toEqual([{ code: 'image_damaged', detail: expect.stringContaining('1 tile of the slide is') }]);
    const inTile = ({ x, y }: { x: number; y: number }, by: number) =>
      x >= 256 - by && x < 512 + by && y >= 256 - by && y < 512 + by;
    const left = everyNucleus((await readCells(id)).cells);
    expect(left.filter((nucleus) => inTile(nucleus, -1))).toEqual([]);
    const far = (nuclei: typeof all) => nuclei.filter((nucleus) => !inTile(nucleus, 12));
    expect(far(left)).toEqual(far(all));
    expect(far(left).length).toBeGreaterThan(2000);
  });
});

describe('a scoring that does not end by itself', { timeout: 240_000 }, () => {
  const COLUMNS = Math.floor((WIDTH - 20) / 12);
  const crowd = drawDiscs(WIDTH, 200, rowOfDiscs({ x: 10, y: 10 }, COLUMNS, 15));

  /** Starts one and waits until it works. */
  async function working() {
    const slide = await keepPicture(crowd);
    const { id: scoring } = await scoringOf(scorings.start(slide.id, { kind: 'slide' }));
    while ((await scoringOf(scorings.read(slide.id, scoring))).state === 'queued')
      await new Promise((resolve) => setTimeout(resolve, 20));
    return { ...slide, scoringId: scoring };
  }

  it('is left out where its record is damaged, and hides neither the slide nor the others', async () => {
    const { id, view_id: viewId } = await keepPicture(drawDiscs(300, 200, []));
    const [first, second] = [await scored(id, { kind: 'slide' }), await scored(id, { kind: 'slide' })];
    await getStorage().put(keysOf(viewId).scoring(second.id).record, Buffer.from('{"id'));
    expect((await slideOf(slides.read(id))).scoring?.id).toBe(first.id);
    const { scorings: all } = (await (await scorings.list(id)).json()) as { scorings: { id: string }[] };
    expect(all.map((scoring) => scoring.id)).toEqual([first.id]);
    expect(await problemOf(scorings.read(id, second.id))).toMatchObject({ code: 'stored_damaged' });
  });

  it('does not keep the next one from its slide, where what is stored of it or of the slide is damaged', async () => {
    const { id, view_id: viewId } = await keepPicture(drawDiscs(300, 200, rowOfDiscs({ x: 25, y: 25 }, 5, 5)));
    const first = await scored(id, { kind: 'slide' });
    const keys = keysOf(viewId);
    const facts = keys.facts((await readScoring(viewId, first.id))?.mapKey ?? '');
    const before = await readObject(getStorage(), facts);
    for (const key of [facts, keys.scoring(first.id).run.attempt(1).status])
      await getStorage().put(key, Buffer.from('{"glass'));
    expect(await scoringOf(scorings.read(id, first.id))).toMatchObject({
      state: 'failed',
      problem: { code: 'stored_damaged', detail: expect.stringContaining('Start it anew') },
    });
    expect((await slideOf(slides.read(id))).scoring?.state).toBe('failed');
    await getStorage().delete(keys.allNuclei);
    const next = await scored(id, { kind: 'slide' });
    expect(everyNucleus((await readCells(id)).cells)).toHaveLength(25);
    // What was measured on the slide is measured anew.
    expect(await readObject(getStorage(), facts)).toEqual(before);
    const { scorings: all } = (await (await scorings.list(id)).json()) as { scorings: { id: string; state: string }[] };
    expect(all.map((scoring) => scoring.state)).toEqual(['done', 'failed']);
    expect(next.state).toBe('done');
  });

  it('keeps neither a third scoring nor a slide that is taken in from beginning', async () => {
    const kept = [await keepPicture(crowd), await keepPicture(crowd), await keepPicture(crowd)];
    const all = await Promise.all(
      kept.map(async ({ id }) => ({ id, scoring: (await scoringOf(scorings.start(id, { kind: 'slide' }))).id })),
    );
    const states = () =>
      Promise.all(all.map(async ({ id, scoring }) => (await scoringOf(scorings.read(id, scoring))).state));
    await expect.poll(states, { interval: 20, timeout: 60_000 }).toEqual(['running', 'running', 'running']);
    await keepPng(drawDiscs(300, 200, []));
    for (const { id, scoring } of all)
      expect((await scoringOf(scorings.cancel(id, scoring))).state).toMatch(/cancelled|done/);
  });

  it('is cancelled, and the next one goes on with what is there', async () => {
    const { id, scoringId } = await working();
    // It keeps no picture from its place.
    expect(await getJobQueue().load()).toMatchObject({ running: 0 });
    expect((await scoringOf(scorings.cancel(id, scoringId))).state).toBe('cancelled');
    const done = await scored(id, { kind: 'slide' });
    expect(everyNucleus((await readCells(id)).cells).length).toBe(15 * COLUMNS);
    const { scorings: all } = (await (await scorings.list(id)).json()) as { scorings: { id: string; state: string }[] };
    expect(all.map(({ id: one, state }) => [one, state])).toEqual([
      [done.id, 'done'],
      [scoringId, 'cancelled'],
    ]);
  });

  it('leaves nothing of a slide that is deleted meanwhile', async () => {
    const { id } = await working();
    expect((await slides.remove(id)).status).toBe(204);
    expect(await keysOfSlides()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await keysOfSlides()).toEqual([]);
  });

  /** Another scoring as a server leaves it that ends in good order: stored, and in nobody's queue. Done by this one. */
  async function takeOver({ id, view_id: viewId }: { id: string; view_id: string }, from: string, cells: number[]) {
    // What a scoring works with is kept by its id for a while: so each has its own.
    const scoring = `B2345678${(1000 + taken++).toString()}`;
    const keys = keysOf(viewId).scoring(scoring);
    await writeJson(keys.run.attempt(1).status, newStatus({ isReleased: true }));
    await writeJson(keys.record, { ...(await readScoring(viewId, from)), id: scoring, cells });
    await sweepSlides();
    return ended(id, await scoringOf(scorings.read(id, scoring)));
  }

  it('is done by the model that it was started with, where another server has another one of its own', async () => {
    const slide = await keepPicture(drawDiscs(300, 200, rowOfDiscs({ x: 25, y: 25 }, 5, 5)));
    const first = await scored(slide.id, { kind: 'slide' });
    const files = await filesOf(slide.view_id);
    await getStorage().delete(keysOf(slide.view_id).allNuclei);
    const change = async (model: string) => {
      vi.stubEnv('DEFAULT_MODEL', model);
      resetEnvForTests();
      await stopEngine();
    };
    await change('others');
    try {
      expect(await takeOver(slide, first.id, [0])).toMatchObject({ state: 'done', model: first.model });
      expect(await filesOf(slide.view_id)).toEqual(files);
      // Of the same networks, and another name: its cells are others, too.
      await scored(slide.id, { kind: 'slide' });
      expect((await filesOf(slide.view_id)).size).toBe(2);
    } finally {
      await change('blobs');
    }
  });

  it('is taken over when its server has gone', async () => {
    const slide = await keepPicture(crowd);
    const { id, view_id: viewId } = slide;
    const { id: first } = await scored(id, { kind: 'rectangle', x: 0, y: 0, width: 9, height: 9 });
    const there = await filesOf(viewId);
    expect(await takeOver(slide, first, [0, 1, 2])).toMatchObject({ state: 'done' });
    const files = await filesOf(viewId);
    expect(files.size).toBe(3);
    for (const [name, file] of there) expect(files.get(name)).toBe(file);
  });
});
