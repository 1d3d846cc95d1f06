import { describe, expect, it } from 'vitest';
import type { AnnotationClass, AreaRating } from '@/lib/contracts/annotation';
import { decodeCell, encodeCell, joinCells } from '@/lib/exchange/slide-nuclei';
import { TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import { UNTAUGHT } from '@/lib/scoring/classify/teach-picture';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { type DrawnNucleus, drawNuclei, randomOf } from '@/lib/scoring/slide/__fixtures__/draw-nuclei';
import { reportSlide } from '@/lib/scoring/slide/report-slide';
import { outlineOf } from '@/lib/scoring/slide/slide-nuclei';
import { TableCore } from './table-core';
import type { TableArea, TablePlan, TableSettings } from './table-protocol';

const slide = { width: 4000, height: 2000 };
const SIDE = 1000;
const plan: TablePlan = {
  grid: { side: SIDE, columns: 4, rows: 2 },
  micronsPerPixel: 0.5,
  glass: '',
  defaults: { algorithm: 'watershed', probThresh: 97, sizeThresh: 30, sizeThreshUpper: null, markerThresh: null },
};
const settings: TableSettings = {
  ...{ thresholds: {}, intensity: INTENSITY_THRESHOLDS, corrections: [] },
  ...{ marker: null, membrane: null, teaching: UNTAUGHT, isTeaching: false },
};

/** The file of one cell with these nuclei, whose places are of the slide. */
function fileOf(column: number, row: number, drawn: readonly DrawnNucleus[], hasKindColumns = true): Uint8Array {
  const nuclei = drawNuclei(drawn);
  return encodeCell({
    cell: { column, row, x: column * SIDE, y: row * SIDE, width: SIDE, height: SIDE },
    ...{ algorithm: 'watershed', measured: nuclei, origin: { x: 0, y: 0 } },
    kindColumns: hasKindColumns ? nuclei.kindColumns : null,
    outlines: drawn.map((_, k) => outlineOf(nuclei, k)),
    markerHistogram: new Uint32Array(256),
  });
}

/** Nuclei on a grid of a cell, a third positive, of 36 or 64 px. */
function fill(column: number, row: number, count = 100): DrawnNucleus[] {
  const random = randomOf(1 + column + 10 * row);
  return Array.from({ length: count }, (_, n) => ({
    x: column * SIDE + 20 + 90 * (n % 10),
    y: row * SIDE + 20 + 90 * Math.floor(n / 10),
    positive: random() < 0.34,
    side: random() < 0.5 ? 6 : 8,
    markerMax: Math.floor(255 * random()),
    odMean: 0.2 + 0.4 * random(),
  }));
}

function area(
  id: string,
  name: AnnotationClass,
  [x0, y0, x1, y1]: number[],
  rating: AreaRating | null = null,
): TableArea {
  const ring = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ] as [number, number][];
  return { id, class: name, polygons: [[ring]], rating };
}

function opened(cells: readonly [number, number][], areas: readonly TableArea[] = [], key = 'one') {
  const core = new TableCore(slide);
  core.annotate(areas);
  core.take({ key, plan, cells: cells.map(([column, row]) => fileOf(column, row, fill(column, row))) });
  return core;
}

describe('numbers of the table', () => {
  it('are those of the nuclei in each region, less what is ignored', () => {
    const core = opened(
      [
        [0, 0],
        [1, 0],
      ],
      [
        area('tumour-1', 'tumour', [0, 0, 990, 990]),
        area('tumour-2', 'tumour', [1010, 0, 1500, 990]),
        area('ignore-1', 'ignore', [0, 0, 990, 110]),
      ],
    );
    const numbers = core.count(settings);
    const [first, second] = [fill(0, 0).slice(10), fill(1, 0).filter(({ x }) => x < 1500)];
    const positive = (nuclei: readonly DrawnNucleus[]) => nuclei.filter((nucleus) => nucleus.positive).length;
    expect(numbers?.areas.get('tumour-1')).toMatchObject({ total: 90, positive: positive(first), isComplete: true });
    expect(numbers?.areas.get('tumour-2')).toMatchObject({ total: second.length, positive: positive(second) });
    expect(numbers?.tumour).toMatchObject({ total: 90 + second.length, positive: positive([...first, ...second]) });
    expect(numbers?.classes).toEqual([{ class: 'tumour', numbers: numbers?.tumour }]);
    expect(numbers?.areas.get('tumour-1')?.areaMm2).toBeCloseTo((990 * 880 * 0.25) / 1e6, 9);
  });

  it('has a place in each nucleus that counts and that a line encloses', () => {
    const core = opened([[0, 0]]);
    const ring = [[0, 0], [990, 0], [990, 110], [0, 110], [0, 0]] as const; // biome-ignore format: corners
    expect(core.within(ring)).toEqual([]);
    core.count(settings);
    const enclosed = fill(0, 0).filter(({ y }) => y < 110);
    const places = core.within(ring);
    expect(places).toHaveLength(enclosed.length);
    for (const place of places) expect(core.probe(place)).toMatchObject({ isKept: true });
    core.count({ ...settings, thresholds: { sizeThresh: 40 } });
    expect(core.within(ring)).toHaveLength(enclosed.filter(({ side }) => side === 8).length);
  });

  it('follow the gates, the intensity and the corrections', () => {
    const core = opened([[0, 0]]);
    const drawn = fill(0, 0);
    expect(core.count(settings)?.slide.total).toBe(100);
    const large = core.count({ ...settings, thresholds: { sizeThresh: 40 } });
    expect(large?.slide.total).toBe(drawn.filter(({ side }) => side === 8).length);
    expect(core.count({ ...settings, thresholds: { markerThresh: 100 } })?.slide.positive).toBe(
      drawn.filter(({ positive, markerMax = 0 }) => positive || markerMax > 100).length,
    );
    const all = core.count({ ...settings, intensity: { twoPlus: 0, threePlus: 0 } });
    expect(all?.slide.bins.threePlus).toBe(all?.slide.positive);
    const at = { x: 23, y: 23 };
    const corrections = [{ kind: 'delete', ...at } as const, { kind: 'add', x: 65, y: 65, positive: true } as const];
    const corrected = core.count({ ...settings, corrections });
    expect(corrected).toMatchObject({ applied: { class: 0, delete: 1, add: 1 }, slide: { total: 100 } });
    expect(core.probe(at)).toMatchObject({ isKept: false });
    expect(core.probe({ x: 65, y: 65 })).toEqual({ isKept: true, isPositive: true });
    expect(core.probe({ x: 500.5, y: 60 })).toBeNull();
    expect(core.count(settings)?.slide.total).toBe(100);
  });

  it('are provisional while cells are missing that are no glass', () => {
    const core = opened(
      [[0, 0]],
      [area('in-one', 'other', [10, 10, 900, 900]), area('in-two', 'other', [500, 10, 1200, 90])],
    );
    const numbers = core.count(settings);
    expect(numbers?.areas.get('in-one')?.isComplete).toBe(true);
    expect(numbers?.areas.get('in-two')?.isComplete).toBe(false);
    expect(numbers?.slide.isComplete).toBe(false);
    // All but the first cell are glass: bits 1 to 7.
    core.take({ key: 'one', plan: { ...plan, glass: btoa('\u00fe') }, cells: [] });
    const later = core.count(settings);
    expect(later?.slide.isComplete).toBe(true);
    expect(later?.areas.get('in-two')).toMatchObject({ isComplete: true, total: numbers?.areas.get('in-two')?.total });
  });

  it('are those of cells in any order; others of another key replace them', () => {
    const core = opened([[0, 0]]);
    core.count(settings);
    core.take({ key: 'one', plan, cells: [fileOf(1, 0, fill(1, 0)), fileOf(0, 1, fill(0, 1))] });
    expect(core.count(settings)).toMatchObject({ cells: 3, nuclei: 300 });
    core.take({ key: 'two', plan, cells: [fileOf(2, 0, fill(2, 0, 50))] });
    expect(core.count(settings)).toMatchObject({ cells: 1, nuclei: 50, slide: { total: 50 } });
    core.take({ key: 'three', plan, cells: [] });
    expect(core.count(settings)).toMatchObject({ cells: 0, nuclei: 0 });
  });

  it('wait for the first cells, and a damaged file is refused', () => {
    const core = new TableCore(slide);
    expect(core.count(settings)).toBeNull();
    expect(core.hotSpots({ mm2: 0.2 })).toBeNull();
    expect(() => core.take({ key: 'one', plan, cells: [new Uint8Array(40)] })).toThrow(/RNUC/);
  });
});

describe('kinds', () => {
  const tell = (core: TableCore) => {
    const telling = core.tell();
    for (let turns = 0; ; turns++) {
      const { done, value } = telling.next();
      if (done) return { isNew: value, turns };
    }
  };
  /** Everything is tumour. */
  const classifier = {
    weights: { classes: [], rows: TAUGHT_COLUMNS.map((column) => [column === 'constant' ? 900 : 0, 0, 0, 0]) },
    ...{ limits: null, clicks: 20, classClicks: 0, images: 1 },
  };

  it('are told when somebody asks, and hold while thresholds and corrections change', () => {
    const core = opened([[0, 0]], [area('one', 'other', [0, 0, 1000, 500])]);
    expect(core.count(settings)).toMatchObject({ kinds: 'waiting', slide: { total: 100, tumourNuclei: null } });
    expect(tell(core).isNew).toBe(true);
    expect(tell(core).isNew).toBe(false);
    const told = core.count(settings);
    expect(told).toMatchObject({ kinds: 'told', slide: { total: 100 } });
    expect(told?.slide.tumourNuclei).not.toBeNull();
    const corrections = [{ kind: 'delete', x: 23, y: 23 } as const];
    expect(core.count({ ...settings, corrections })).toMatchObject({ kinds: 'told', slide: { total: 99 } });
    expect(core.count({ ...settings, marker: 'cd3' })).toMatchObject({
      kinds: 'unmarked',
      slide: { tumourNuclei: null },
    });
    // Of other nuclei they are told anew.
    core.take({ key: 'one', plan, cells: [fileOf(1, 0, fill(1, 0))] });
    expect(core.count(settings)).toMatchObject({ kinds: 'waiting' });
  });

  it('follow a classifier that was taught, in each part', () => {
    const core = opened([[0, 0]], [area('one', 'other', [0, 0, 1000, 500])]);
    const taught = { ...settings, teaching: { ...UNTAUGHT, classifier } };
    core.count(taught);
    expect(tell(core).turns).toBeGreaterThan(2);
    const numbers = core.count(taught);
    const { total, positive } = numbers?.areas.get('one') ?? {};
    expect(total).toBe(60);
    expect(numbers?.areas.get('one')?.tumourNuclei).toMatchObject({ total, positive });
    expect(core.count(settings)?.kinds).toBe('waiting');
  });

  it('are taught by clicks: what these need is made once, then each click is followed by the next count', () => {
    const drawn = fill(0, 0).map((nucleus, n) => ({ ...nucleus, side: n % 10 < 5 ? 5 : 12 }));
    const core = new TableCore(slide);
    core.take({ key: 'one', plan, cells: [fileOf(0, 0, drawn)] });
    const isTeaching = { ...settings, isTeaching: true };
    expect(core.count(isTeaching)?.teaching).toEqual({ isReading: true, taught: null, unsure: null });
    expect(tell(core).isNew).toBe(true);
    const before = core.count(isTeaching);
    expect(before).toMatchObject({ kinds: 'told', teaching: { isReading: false, taught: null } });
    expect(before?.teaching.unsure?.least).not.toBeNull();
    // The prior alone has the same numbers, which need nothing of that.
    const plain = new TableCore(slide);
    plain.take({ key: 'one', plan, cells: [fileOf(0, 0, drawn)] });
    plain.count(settings);
    tell(plain);
    expect(plain.count(settings)?.slide).toEqual(before?.slide);

    const clicks = drawn.slice(0, 20).map(({ x, y, side = 6 }) => ({
      ...{ x: x + 3, y: y + 3, name: side === 5 ? 'lymphocyte' : 'tumour' },
    }));
    const after = core.count({ ...isTeaching, teaching: { ...UNTAUGHT, clicks } });
    expect(after?.kinds).toBe('told');
    expect(after?.teaching.taught).toMatchObject({ clicks: 20, classClicks: 0, images: 1 });
    expect(after?.slide.tumourNuclei?.total).not.toBe(before?.slide.tumourNuclei?.total);
    // The server, which is asked once, tells the same.
    const answer = reportSlide(
      joinCells([decodeCell(fileOf(0, 0, drawn))], 'watershed'),
      { ...slide, micronsPerPixel: 0.5 },
      [],
      {
        ...{ thresholds: plan.defaults, intensity: INTENSITY_THRESHOLDS, corrections: [] },
        teaching: { ...UNTAUGHT, clicks },
      },
    );
    expect(answer.slide.tumourNuclei).toEqual(after?.slide.tumourNuclei);
    expect(answer.taught).toEqual(after?.teaching.taught);
    // A slide that was taught before is read once, whoever opens it.
    const reopened = new TableCore(slide);
    reopened.take({ key: 'one', plan, cells: [fileOf(0, 0, drawn)] });
    const again = { ...settings, teaching: { ...UNTAUGHT, clicks } };
    expect(reopened.count(again)).toMatchObject({ kinds: 'waiting', slide: { tumourNuclei: null } });
    tell(reopened);
    expect(reopened.count(again)?.slide).toEqual(after?.slide);
    // Without clicks everything is as before.
    expect(core.count(isTeaching)?.slide).toEqual(before?.slide);
  });

  it('leave positive and negative to clicks of their own', () => {
    const core = opened([[0, 0]]);
    const of = fill(0, 0);
    const clicks = of.slice(0, 12).map(({ x, y, positive }) => ({ x: x + 3, y: y + 3, positive: !positive }));
    const before = core.count(settings);
    const after = core.count({ ...settings, teaching: { ...UNTAUGHT, clicks } });
    expect(after?.slide.positive).not.toBe(before?.slide.positive);
    expect(after?.teaching.taught).toMatchObject({ clicks: 0, classClicks: 12 });
  });

  it('are given up when other nuclei come meanwhile', () => {
    const core = opened([[0, 0]]);
    core.count(settings);
    const telling = core.tell();
    telling.next();
    core.take({ key: 'one', plan, cells: [fileOf(1, 0, fill(1, 0))] });
    core.count(settings);
    expect(telling.next()).toEqual({ done: true, value: false });
    expect(tell(core).isNew).toBe(true);
    expect(core.count(settings)?.kinds).toBe('told');
  });

  it('are unknown where an older version has found the nuclei', () => {
    const core = new TableCore(slide);
    core.take({ key: 'one', plan, cells: [fileOf(0, 0, fill(0, 0), false)] });
    expect(core.count(settings)).toMatchObject({ kinds: 'unknown', slide: { total: 100, tumourNuclei: null } });
  });
});

it('looks for hot spots and rated areas in the tumour alone, where there is one', () => {
  const hot = fill(2, 0).map((nucleus) => ({ ...nucleus, positive: true }));
  const core = new TableCore(slide);
  core.take({ key: 'one', plan, cells: [fileOf(0, 0, fill(0, 0)), fileOf(2, 0, hot)] });
  core.count(settings);
  const spots = core.hotSpots({ nuclei: 50 })?.spots ?? [];
  expect(spots[0]?.numbers.percentPositive).toBe(100);
  core.annotate([
    area('cold-one', 'tumour', [0, 0, 1000, 1000], 'low'),
    area('hot-one', 'other', [2000, 0, 3000, 1000], 'high'),
  ]);
  const numbers = core.count(settings);
  expect(core.hotSpots({ nuclei: 50 })?.spots[0]?.numbers.percentPositive).toBeLessThan(100);
  expect(numbers?.global.areas.map(({ rating, numbers: counted }) => [rating, counted.total])).toEqual([
    ['low', 100],
    ['high', 100],
  ]);
  const proposed = core.proposeRatings();
  expect(proposed.length).toBeGreaterThan(0);
  for (const { polygons } of proposed) for (const [x] of polygons.flat(2)) expect(x).toBeLessThanOrEqual(1000);
});
