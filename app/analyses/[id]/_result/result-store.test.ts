import { describe, expect, test, vi } from 'vitest';
import { type Analysis, MAX_CORRECTIONS } from '@/lib/contracts/analysis';
import { EXAMPLE_CLASSIFIER } from '@/lib/contracts/classifier';
import { AppError } from '@/lib/errors';
import type { LiveScore, LiveSketch, ProbedNucleus } from '../_preview/live-protocol';
import { type Parameters, parametersOf } from '../_preview/parameters';
import type { FoundDraft } from './drafts';
import { canUndo, createResultStore, hasUnsavedChanges, isUpToDate, type ResultOutside } from './result-store';
import { headlineOf, numbersOf } from './shown-numbers';

const analysis = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  may_edit: true,
  state: 'done',
  scoring: { size_thresh_upper: 'none' },
  result: {
    scoring: {
      num_total: 10,
      num_pos: 4,
      num_neg: 6,
      percent_pos: 40,
      prob_thresh: 127,
      size_thresh: 36,
      marker_thresh: null,
    },
    percent_pos_interval: [16.8, 68.7],
    provenance: { microns_per_pixel: 0.5, algorithm: 'watershed' },
    defaults: {
      algorithm: 'watershed',
      prob_thresh: 127,
      size_thresh: 'auto',
      size_thresh_upper: 'none',
      marker_thresh: 'none',
    },
  },
} as unknown as Analysis;

const scored = (parameters: Parameters): LiveScore =>
  ({ numbers: { total: parameters.probThresh }, found: {}, gated: {} }) as unknown as LiveScore;

function open(outside: Partial<ResultOutside> = {}, of = analysis, draft: FoundDraft | null = null) {
  const score = vi.fn(async (parameters: Parameters): Promise<LiveScore | null> => scored(parameters));
  const store = createResultStore(
    of,
    {
      load: async () => ({ marker: null, segmentation: new Uint32Array(256) }),
      score,
      probe: async () => null,
      features: async () => ({ width: 1, values: new Float64Array() }),
      pixels: async () => ({ pieces: [], width: 0 }),
      sight: () => null,
      retry: () => undefined,
      read: async () => analysis,
      dropDraft: () => undefined,
      reopen: () => undefined,
      save: async () => analysis,
      newId: () => 'id',
      keepHeadline: () => undefined,
      ...outside,
    },
    undefined,
    draft,
  );
  return { store, score, actions: store.getState().actions };
}

test('begins with what made the result, and with the server’s numbers', () => {
  const { store } = open();
  expect(store.getState().parameters).toMatchObject({
    probThresh: 127,
    sizeThresh: 'auto',
    markerThresh: null,
    sizeThreshUpper: null,
  });
  expect(numbersOf(store.getState())).toMatchObject({ total: 10, positive: 4, percentPositive: 40 });
  expect(hasUnsavedChanges(store.getState())).toBe(false);
});

test('previews every change once the pictures are loaded', async () => {
  const { store, score, actions } = open();
  actions.setThresholds({ probThresh: 90 });
  expect(score).not.toHaveBeenCalled();
  await actions.load();
  expect(store.getState().live?.numbers.total).toBe(90);
  expect(isUpToDate(store.getState())).toBe(true);
  actions.setThresholds({ sizeThresh: 50 });
  expect(isUpToDate(store.getState())).toBe(false);
  await vi.waitFor(() => expect(isUpToDate(store.getState())).toBe(true));
  actions.resetThresholds(['probThresh', 'sizeThresh']);
  expect(hasUnsavedChanges(store.getState())).toBe(false);
});

test('a reset goes to the model’s own choice, whatever was stored', () => {
  const stored = { ...analysis, scoring: { prob_thresh: 90, size_thresh_upper: 500, marker_thresh: 12 } };
  const { store, actions } = open({}, stored as Analysis);
  expect(store.getState().parameters).toMatchObject({ probThresh: 90, sizeThreshUpper: 500, markerThresh: 12 });
  actions.resetThresholds(['probThresh', 'sizeThreshUpper', 'markerThresh']);
  expect(store.getState().parameters).toMatchObject({ probThresh: 127, sizeThreshUpper: null, markerThresh: null });
  expect(hasUnsavedChanges(store.getState())).toBe(true);
});

test('an answer that was overtaken changes nothing', async () => {
  const { store, actions } = open({
    score: async ({ probThresh }) => (probThresh === 1 ? null : scored({ probThresh } as Parameters)),
  });
  await actions.load();
  actions.setThresholds({ probThresh: 1 });
  actions.setThresholds({ probThresh: 2 });
  await vi.waitFor(() => expect(store.getState().live?.numbers.total).toBe(2));
});

test('an estimate is shown, as one, until the exact numbers are there', async () => {
  const answers: (() => void)[] = [];
  const { store, actions } = open({
    score: (parameters) => new Promise((resolve) => answers.push(() => resolve(scored(parameters)))),
  });
  const loading = actions.load();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.();
  await loading;
  actions.setThresholds({ probThresh: 90 });
  actions.receiveSketch({ bins: { negative: 6, onePlus: 1, twoPlus: 2, threePlus: 1 }, outlines: null });
  expect(numbersOf(store.getState())).toMatchObject({
    total: 10,
    positive: 4,
    negative: 6,
    percentPositive: 40,
    isEstimate: true,
  });
  answers[1]?.();
  await vi.waitFor(() => expect(numbersOf(store.getState())).toMatchObject({ total: 90, isEstimate: false }));
});

test('outlines of a sketch stay until the next come, though its numbers run ahead of them', () => {
  const { store, actions } = open();
  const outlines = {} as NonNullable<LiveSketch['outlines']>;
  actions.receiveSketch({ bins: null, outlines });
  actions.receiveSketch({ bins: null, outlines: null });
  expect(store.getState().sketch?.outlines).toBe(outlines);
});

test('every change is undone and redone one by one; a new one ends redoing', async () => {
  const { store, actions } = open({ probe: async () => ({ isKept: true }) as ProbedNucleus });
  const deletion = (x: number) => ({ kind: 'delete' as const, x, y: 0 });
  const [a, b, c] = [deletion(1), deletion(2), deletion(3)];
  const now = () => store.getState().parameters;
  await actions.deleteAt({ x: 1, y: 0 });
  await actions.deleteAt({ x: 2, y: 0 });
  actions.undo();
  expect(now().corrections).toEqual([a]);
  actions.redo();
  expect(now().corrections).toEqual([a, b]);
  actions.undo();
  await actions.deleteAt({ x: 3, y: 0 });
  actions.redo();
  expect(now().corrections).toEqual([a, c]);
  actions.clearCorrections();
  actions.undo();
  expect(now().corrections).toEqual([a, c]);

  const ring = [0, 4, 8, 0].map((x): [number, number] => [x, x % 8]);
  actions.addRegion({ shape: 'polygon', rings: [ring] });
  for (const name of ['T', 'Tu', 'Tum']) actions.changeRegion('id', { name });
  // A slider that is moved on is one step.
  for (const probThresh of [90, 80, 70]) actions.setThresholds({ probThresh });
  actions.setThresholds({ sizeThresh: 5 });
  actions.setTeachAs({ name: 'stroma' });
  actions.undo();
  actions.undo();
  expect(now()).toMatchObject({ probThresh: 127, sizeThresh: 'auto', regions: [{ name: 'Tum' }] });
  actions.undo();
  expect(now().regions).toMatchObject([{ name: 'Region 1' }]);
  actions.undo();
  expect(now()).toMatchObject({ regions: [], corrections: [a, c] });
  for (let step = 0; step < 4; step++) actions.redo();
  expect(now()).toMatchObject({ probThresh: 70, sizeThresh: 5, regions: [{ name: 'Tum' }] });
});

test('corrections of an earlier visit are taken back one by one', () => {
  const corrections = [1, 2].map((x) => ({ kind: 'delete', x, y: 0 }));
  const { store, actions } = open({}, { ...analysis, scoring: { ...analysis.scoring, corrections } } as Analysis);
  expect(canUndo(store.getState())).toBe(true);
  actions.undo();
  expect(store.getState().parameters.corrections).toEqual(corrections.slice(0, 1));
  actions.undo();
  actions.undo();
  expect(store.getState().parameters.corrections).toEqual([]);
  expect(canUndo(store.getState())).toBe(false);
  actions.redo();
  actions.redo();
  expect(store.getState().parameters.corrections).toEqual(corrections);
  actions.forgetChanges();
  expect(store.getState().future).toEqual([]);
});

test('only a nucleus that counts is flipped or deleted; elsewhere a press says so and changes nothing', async () => {
  const nucleus = { isKept: true, isPositive: true } as ProbedNucleus;
  const { store, actions } = open({ probe: async ({ x }) => (x === 1 ? nucleus : null) });
  await actions.load();
  for (const press of [actions.flipAt, actions.deleteAt]) {
    await press({ x: 0, y: 0 });
    expect(store.getState().cellNote).toBe('There is no nucleus that counts.');
    actions.setTool('flip');
  }
  expect(hasUnsavedChanges(store.getState())).toBe(false);
  await actions.flipAt({ x: 1, y: 5 });
  await actions.deleteAt({ x: 1, y: 6 });
  expect(store.getState().parameters.corrections).toEqual([
    { kind: 'class', x: 1, y: 5, positive: false },
    { kind: 'delete', x: 1, y: 6 },
  ]);
});

test('a press before the nuclei are loaded says so, and one that fails says why', async () => {
  const fail = async () => {
    throw new Error('The live preview does not run.');
  };
  const { store, actions } = open({ probe: fail });
  const place = { x: 1, y: 1 };
  const presses = [actions.flipAt, actions.deleteAt, (at: typeof place) => actions.addAt(at, true)];
  for (const press of presses) {
    await press(place);
    expect(store.getState().cellNote).toBe('The nuclei are still being loaded. Try again in a moment.');
    actions.setTool('flip');
  }
  await actions.selectWithin([]);
  await actions.teachAt(place);
  expect(store.getState()).toMatchObject({
    cellNote: 'The nuclei are still being loaded. Try again in a moment.',
    teachingNote: 'The nuclei are still being loaded. Try again in a moment.',
  });
  await actions.load();
  await actions.flipAt(place);
  expect(store.getState().cellNote).toBe('The live preview does not run.');
});

test('a nucleus is added where none is counted, and refused with a sentence where one is', async () => {
  let isKept = false;
  const { store, actions } = open({ probe: async () => ({ isKept }) as ProbedNucleus });
  const added = { kind: 'add', x: 4, y: 7, positive: true };
  await actions.addAt({ x: 4, y: 7 }, true);
  expect(store.getState()).toMatchObject({ parameters: { corrections: [added] }, cellNote: null });
  isKept = true;
  await actions.addAt({ x: 5, y: 7 }, false);
  expect(store.getState()).toMatchObject({
    parameters: { corrections: [added] },
    cellNote: 'There is a nucleus already. Flip its class, or delete it.',
  });
  actions.undo();
  expect(store.getState().cellNote).toBeNull();
});

test('quick presses rest on each other, and a step back takes the last of them', async () => {
  // The nuclei are those of the last score, which takes a while.
  let corrections: Parameters['corrections'] = [];
  const { store, actions } = open({
    score: async (parameters) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      corrections = parameters.corrections;
      return scored(parameters);
    },
    probe: async () => {
      const last = corrections.at(-1);
      return last ? ({ isKept: true, isPositive: 'positive' in last && last.positive } as ProbedNucleus) : null;
    },
  });
  await actions.load();
  const place = { x: 4, y: 7 };
  actions.addAt(place, true);
  await actions.addAt(place, true);
  expect(store.getState()).toMatchObject({
    parameters: { corrections: [{ kind: 'add' }] },
    cellNote: 'There is a nucleus already. Flip its class, or delete it.',
  });
  actions.flipAt(place);
  actions.flipAt(place);
  actions.flipAt(place);
  actions.undo();
  actions.teachAt(place);
  actions.teachAt({ x: 5, y: 7 });
  actions.undoTeaching();
  actions.deleteAt(place);
  await vi.waitFor(() => expect(store.getState().parameters.corrections).toHaveLength(4));
  expect(store.getState().parameters.corrections).toEqual([
    { kind: 'add', ...place, positive: true },
    { kind: 'class', ...place, positive: false },
    { kind: 'class', ...place, positive: true },
    { kind: 'delete', ...place },
  ]);
  expect(store.getState().parameters.teaching.clicks).toEqual([{ ...place, name: 'tumour' }]);
});

test('a line across a nucleus is not lost where a slider moves meanwhile', async () => {
  const { store, actions } = open({
    score: async (parameters) => ({ numbers: { corrections: { split: parameters.corrections.length } } }) as LiveScore,
  });
  await actions.load();
  const cut = { kind: 'split' as const, from: { x: 0, y: 0 }, to: { x: 4, y: 4 } };
  const reshaping = actions.reshape(cut as never);
  await Promise.resolve();
  actions.setThresholds({ probThresh: 90 });
  await reshaping;
  expect(store.getState().parameters).toMatchObject({ probThresh: 90, corrections: [cut] });
});

test('nuclei that were selected are corrected, undone and redone as one', async () => {
  const found = {
    count: 3,
    centroidX: Float64Array.of(10, 30, 50),
    centroidY: Float64Array.of(10, 10, 10),
    contourOffsets: Uint32Array.of(0, 8, 16, 24),
    contourPoints: Int32Array.from([8, 28, 48].flatMap((x) => [x, 8, x + 4, 8, x + 4, 12, x, 12])),
  };
  const gated = { kept: Uint8Array.of(1, 1, 0), positive: Uint8Array.of(1, 0, 1) };
  const { store, actions } = open({ score: async () => ({ numbers: {}, found, gated }) as unknown as LiveScore });
  await actions.load();
  const box = (x0: number, x1: number) => [x0, x1, x1, x0, x0].map((x, i) => [x, i < 2 || i === 4 ? 0 : 40] as const);
  const made = () => store.getState().parameters.corrections;
  await actions.selectWithin(box(0, 60));
  expect(store.getState().selected).toHaveLength(2);
  actions.correctSelected('flip');
  const flipped = [
    { kind: 'class', x: 10.5, y: 10.5, positive: false },
    { kind: 'class', x: 30.5, y: 10.5, positive: true },
  ];
  expect(store.getState()).toMatchObject({ parameters: { corrections: flipped }, selected: [] });
  await actions.selectWithin(box(20, 60));
  actions.correctSelected('delete');
  expect(made()).toEqual([...flipped, { kind: 'delete', x: 30.5, y: 10.5 }]);
  actions.undo();
  actions.undo();
  expect(made()).toEqual([]);
  actions.redo();
  expect(made()).toEqual(flipped);
  await actions.selectWithin(box(35, 60));
  expect(store.getState()).toMatchObject({ selected: [], cellNote: 'No nucleus has its centre in it.' });
});

test('a selection ends when what it was made of changes, and is made of the nuclei after the last change', async () => {
  const nuclei = (kept: readonly number[]) => ({
    ...{ numbers: {}, gated: { kept: Uint8Array.from(kept), positive: Uint8Array.of(0, 0) } },
    found: {
      count: 2,
      centroidX: Float64Array.of(10, 30),
      centroidY: Float64Array.of(10, 10),
      contourOffsets: Uint32Array.of(0, 8, 16),
      contourPoints: Int32Array.from([8, 28].flatMap((x) => [x, 8, x + 4, 8, x + 4, 12, x, 12])),
    },
  });
  const score = async ({ probThresh }: Parameters) =>
    nuclei(probThresh === 240 ? [1, 0] : [1, 1]) as unknown as LiveScore;
  const { store, actions } = open({ score });
  await actions.load();
  const all = [0, 60, 60, 0, 0].map((x, i) => [x, i < 2 || i === 4 ? 0 : 40] as const);
  await actions.selectWithin(all);
  expect(store.getState().selected).toHaveLength(2);
  actions.setThresholds({ probThresh: 240 });
  expect(store.getState().selected).toEqual([]);
  await actions.selectWithin(all);
  expect(store.getState().selected).toHaveLength(1);
});

test('more corrections than the server takes are refused together', async () => {
  const corrections = Array.from({ length: MAX_CORRECTIONS }, () => ({ kind: 'delete', x: 1, y: 1 }));
  const probe = async () => ({ isKept: true }) as ProbedNucleus;
  const { store, actions } = open({ probe }, {
    ...analysis,
    scoring: { ...analysis.scoring, corrections },
  } as Analysis);
  await actions.deleteAt({ x: 2, y: 2 });
  expect(store.getState().parameters.corrections).toHaveLength(MAX_CORRECTIONS);
  expect(store.getState().cellNote).toMatch(/may have 20000 corrections/);
});

test('regions are added, changed and removed', () => {
  const { store, actions } = open();
  const rings = [
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [0, 0],
    ],
  ] as [number, number][][];
  actions.setDrawnKind('exclude');
  actions.addRegion({ shape: 'polygon', rings });
  actions.changeRegion('id', { enabled: false });
  expect(store.getState().parameters.regions).toEqual([
    { id: 'id', name: 'Region 1', kind: 'exclude', shape: 'polygon', enabled: false, rings },
  ]);
  actions.removeRegion('id');
  expect(store.getState().parameters.regions).toEqual([]);
});

test('by the view link nothing changes, and a newer result is opened at once', async () => {
  const reopen = vi.fn();
  const probe = async () => ({ isKept: true }) as ProbedNucleus;
  const { store, actions } = open({ reopen, probe }, { ...analysis, may_edit: false });
  await actions.load();
  const { parameters } = store.getState();
  actions.setThresholds({ probThresh: 90 });
  actions.setMarker('he');
  await actions.deleteAt({ x: 1, y: 1 });
  actions.addRegion({ shape: 'polygon', rings: [] });
  actions.addClass({ name: 'Plasma', kind: 'other' });
  actions.undo();
  expect(store.getState().parameters).toBe(parameters);
  const newer = { ...analysis, may_edit: false, result: { ...analysis.result, revision: 7 } } as unknown as Analysis;
  actions.receiveAnalysis(newer);
  expect(reopen).toHaveBeenCalledOnce();
  expect(store.getState().theirs).toBeNull();
});

test('an update that fails says why and keeps what was set', async () => {
  const save = async () => {
    throw new Error('The server is busy.');
  };
  const { store, actions } = open({ save });
  actions.setThresholds({ probThresh: 3 });
  await actions.saveUpdate();
  expect(store.getState()).toMatchObject({
    update: { state: 'failed', problem: 'The server is busy.' },
    parameters: { probThresh: 3 },
  });
});

describe('of two who write', () => {
  const written = (revision: number, probThresh: number, run = 'one') =>
    ({
      ...analysis,
      scoring: { ...analysis.scoring, prob_thresh: probThresh },
      result: {
        ...analysis.result,
        revision,
        pictures: { Seg: { url: `/runs/${run}/Seg.png?signature=${revision}` } },
      },
    }) as unknown as Analysis;
  const conflict = new AppError('revision_conflict', 'too late', { currentRevision: 2 });

  function openBoth(theirs: Analysis, outside: Partial<ResultOutside> = {}) {
    const save = vi.fn<ResultOutside['save']>().mockRejectedValueOnce(conflict);
    save.mockImplementation(async (_, body) => written((body.expected_revision ?? 0) + 1, body.prob_thresh ?? 0));
    const [dropDraft, reopen] = [vi.fn(), vi.fn()];
    const all = { save, read: async () => theirs, dropDraft, reopen, ...outside };
    const opened = open(all, written(1, 127));
    opened.actions.setThresholds({ probThresh: 60 });
    return { ...opened, save, dropDraft, reopen };
  }

  test('the second is asked, and nothing is changed meanwhile', async () => {
    const { store, actions, save } = openBoth(written(2, 90));
    await actions.saveUpdate();
    expect(save.mock.calls[0]?.[1]).toMatchObject({ prob_thresh: 60, expected_revision: 1 });
    expect(store.getState()).toMatchObject({ theirs: { isRefusal: true }, update: { state: 'idle' } });
    expect(store.getState().parameters.probThresh).toBe(60);
    expect(hasUnsavedChanges(store.getState())).toBe(true);
    actions.postpone();
    expect(store.getState().theirs).toMatchObject({ isRefusal: false });
  });

  test('who keeps the own writes over the newest', async () => {
    const { store, actions, save } = openBoth(written(2, 90));
    await actions.saveUpdate();
    actions.keepMine();
    await vi.waitFor(() => expect(store.getState().analysis.result?.revision).toBe(3));
    expect(save.mock.calls[1]?.[1]).toMatchObject({ prob_thresh: 60, expected_revision: 2 });
    expect(store.getState()).toMatchObject({ theirs: null, update: { state: 'idle' } });
  });

  test('who takes theirs has theirs, and no draft', async () => {
    const { store, actions, dropDraft } = openBoth(written(2, 90));
    await actions.saveUpdate();
    actions.takeTheirs();
    expect(store.getState().parameters.probThresh).toBe(90);
    expect(hasUnsavedChanges(store.getState())).toBe(false);
    expect(dropDraft).toHaveBeenCalledOnce();
  });

  test('a result of another run is opened anew: its maps are others', async () => {
    for (const choose of ['takeTheirs', 'keepMine'] as const) {
      const { actions, reopen } = openBoth(written(2, 90, 'two'));
      await actions.saveUpdate();
      actions[choose]();
      expect(reopen).toHaveBeenCalledOnce();
    }
  });

  test('a newer result that comes with fresh links is told, and only its links are taken', () => {
    const { store, actions } = openBoth(written(2, 90));
    actions.receiveAnalysis({ ...written(1, 127), urls_expire_at: 'later' });
    expect(store.getState()).toMatchObject({ theirs: null, analysis: { urls_expire_at: 'later' } });
    actions.receiveAnalysis({ ...written(3, 90), urls_expire_at: 'latest' });
    const { analysis: shown, theirs } = store.getState();
    expect(theirs).toMatchObject({ isRefusal: false, analysis: { result: { revision: 3 } } });
    expect([shown.result?.revision, shown.scoring.prob_thresh, shown.urls_expire_at]).toEqual([1, 127, 'latest']);
    expect(shown.result?.pictures.Seg?.url).toContain('signature=3');
  });

  test('theirs that cannot be read is a failed update', async () => {
    const { store, actions } = openBoth(written(2, 90), { read: () => Promise.reject(new Error('offline')) });
    await actions.saveUpdate();
    expect(store.getState()).toMatchObject({ theirs: null, update: { state: 'failed', problem: 'offline' } });
  });
});

test('teaches the nucleus at a point, and tells where there is none', async () => {
  const { store, actions } = open({ probe: async ({ x }) => (x < 50 ? ({ isKept: true } as ProbedNucleus) : null) });
  actions.setTeachAs({ name: 'stroma' });
  await actions.teachAt({ x: 3, y: 4 });
  actions.setTeachAs({ positive: false });
  await actions.teachAt({ x: 9, y: 4 });
  const clicks = [
    { x: 3, y: 4, name: 'stroma' },
    { x: 9, y: 4, positive: false },
  ];
  expect(store.getState().parameters.teaching.clicks).toEqual(clicks);
  expect(hasUnsavedChanges(store.getState())).toBe(true);
  await actions.teachAt({ x: 60, y: 4 });
  expect(store.getState()).toMatchObject({
    teachingNote: 'There is no nucleus that counts.',
    parameters: { teaching: { clicks } },
  });
});

test('nuclei that were drawn round are taught, undone and redone as a whole', async () => {
  // Two nuclei; the first bends round its centre.
  const found = {
    count: 2,
    centroidX: Float64Array.of(10, 30),
    centroidY: Float64Array.of(10, 10),
    contourOffsets: Uint32Array.of(0, 8, 16),
    contourPoints: Int32Array.of(2, 2, 4, 2, 4, 20, 2, 20, 28, 8, 32, 8, 32, 12, 28, 12),
  };
  const live = {
    numbers: {},
    found,
    gated: { kept: Uint8Array.of(1, 1), positive: Uint8Array.of(1, 0) },
  } as unknown as LiveScore;
  const { store, actions } = open({ score: async () => live });
  await actions.load();
  const box = (x0: number, x1: number) =>
    [
      [x0, 0],
      [x1, 0],
      [x1, 40],
      [x0, 40],
      [x0, 0],
    ] as const;
  const clicksNow = () => store.getState().parameters.teaching.clicks;
  await actions.teachWithin(box(0, 40));
  const both = [
    { x: 2.5, y: 2.5, name: 'tumour' },
    { x: 30.5, y: 10.5, name: 'tumour' },
  ];
  expect(clicksNow()).toEqual(both);
  await actions.teachWithin(box(25, 40));
  expect(clicksNow()).toHaveLength(3);
  actions.undoTeaching();
  actions.undoTeaching();
  expect(clicksNow()).toEqual([]);
  actions.redoTeaching();
  expect(clicksNow()).toEqual(both);
  actions.clearTeaching();
  expect(clicksNow()).toEqual([]);
  actions.redoTeaching();
  expect(clicksNow()).toEqual(both);
  await actions.teachWithin(box(80, 90));
  expect(store.getState().teachingNote).toBe('There is no nucleus in it.');
  actions.forgetChanges();
  actions.undoTeaching();
  expect(clicksNow()).toEqual([]);
});

test('tumour nuclei lead where the user has chosen so, and the exact numbers while others are estimated', async () => {
  const kept: string[] = [];
  const tumour = { total: 4, positive: 1, negative: 3, percentPositive: 25, interval: [4.6, 70] };
  const live = { numbers: { total: 9, percentPositive: 10, tumour }, found: {}, gated: {} } as unknown as LiveScore;
  const { store, actions } = open({ score: async () => live, keepHeadline: (of) => kept.push(of) });
  await actions.load();
  expect(headlineOf(store.getState())).toMatchObject({ total: 9, isTumour: false });
  actions.setHeadline('tumour');
  expect(kept).toEqual(['tumour']);
  expect(headlineOf(store.getState())).toMatchObject({ total: 4, percentPositive: 25, isTumour: true });
  actions.receiveSketch({ bins: { negative: 1, onePlus: 1, twoPlus: 0, threePlus: 0 }, outlines: null });
  expect(headlineOf(store.getState())).toMatchObject({ total: 4, isTumour: true, isEstimate: false });
});

test('a class of the user’s goes with its clicks', async () => {
  const { store, actions } = open({ probe: async () => ({ isKept: true }) as ProbedNucleus });
  actions.addClass({ name: 'DCIS', kind: 'tumour' });
  expect(store.getState().teachAs).toEqual({ name: 'DCIS' });
  await actions.teachAt({ x: 1, y: 1 });
  actions.setTeachAs({ name: 'stroma' });
  await actions.teachAt({ x: 2, y: 2 });
  actions.undoTeaching();
  actions.redoTeaching();
  actions.removeClass('DCIS');
  expect(store.getState().parameters.teaching).toEqual({ classes: [], clicks: [{ x: 2, y: 2, name: 'stroma' }] });
  expect(store.getState().untaught).toEqual([]);
});

test('clicks of a class that only the dropped classifier named go with it', async () => {
  const { store, actions } = open({ probe: async () => ({ isKept: true }) as ProbedNucleus });
  actions.setClassifier({ ...JSON.parse(EXAMPLE_CLASSIFIER), classes: [{ name: 'DCIS', kind: 'tumour' }] });
  actions.setTeachAs({ name: 'DCIS' });
  await actions.teachAt({ x: 1, y: 1 });
  actions.setTeachAs({ name: 'stroma' });
  await actions.teachAt({ x: 2, y: 2 });
  actions.setTeachAs({ name: 'DCIS' });
  actions.setClassifier(null);
  expect(store.getState().parameters.teaching.clicks).toEqual([{ x: 2, y: 2, name: 'stroma' }]);
  expect(store.getState()).toMatchObject({ teachAs: { name: 'tumour' }, gestures: [], untaught: [] });
});

test('a class that goes with all changes is no longer what the next press teaches', async () => {
  const { store, actions } = open({ probe: async () => ({ isKept: true }) as ProbedNucleus });
  actions.addClass({ name: 'DCIS', kind: 'tumour' });
  expect(store.getState().teachAs).toEqual({ name: 'DCIS' });
  actions.forgetChanges();
  expect(store.getState().teachAs).toEqual({ name: 'tumour' });
});

describe('changes of an earlier visit', () => {
  const parameters = { ...parametersOf(analysis), probThresh: 90 };
  const found = (isCurrent: boolean): FoundDraft => ({ parameters, savedAt: '2026-01-01', baseRevision: 1, isCurrent });

  test('that were discarded come back by a step back, with what was done and taught since', async () => {
    const { store, actions } = open({ probe: async () => ({ isKept: true }) as ProbedNucleus }, analysis, found(true));
    await actions.deleteAt({ x: 1, y: 1 });
    await actions.teachAt({ x: 2, y: 2 });
    const before = store.getState().parameters;
    actions.discardDraft();
    expect(hasUnsavedChanges(store.getState())).toBe(false);
    actions.undo();
    expect(store.getState().parameters).toEqual(before);
    actions.redo();
    expect(hasUnsavedChanges(store.getState())).toBe(false);
    actions.undo();
    actions.undo();
    expect(store.getState().parameters).toEqual({ ...before, corrections: [] });
  });

  test('that are only offered are dropped, but not the changes of this visit, which are kept in their place', async () => {
    const dropDraft = vi.fn();
    const first = open({ dropDraft }, analysis, found(false));
    first.actions.setThresholds({ probThresh: 80 });
    first.actions.discardDraft();
    expect(dropDraft).not.toHaveBeenCalled();
    expect(first.store.getState()).toMatchObject({ draft: null, parameters: { probThresh: 80 } });
    const second = open({ dropDraft }, analysis, found(false));
    second.actions.discardDraft();
    expect(dropDraft).toHaveBeenCalledOnce();
    expect(second.store.getState().draft).toBeNull();
  });
});
