import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as client from '@/lib/client/slide-scorings';
import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { AppError } from '@/lib/errors';
import { createScoringStore } from './scoring-store';
import type { TableClient } from './table/table-client';

vi.mock('@/lib/client/slide-scorings');
const table = vi.hoisted(() => ({
  refresh: vi.fn(),
  annotate: vi.fn(),
  count: vi.fn(),
  hotSpots: vi.fn(),
  probe: vi.fn(),
  isFilled: vi.fn(),
  close() {},
}));
vi.mock('./table/table-client', () => ({ createTableClient: () => table as unknown as TableClient }));

const scoring = (id: string, state: SlideScoring['state']) =>
  ({ id, state, progress: { cells_done: 0 }, scope: { kind: 'slide' } }) as SlideScoring;
const [running, done] = [scoring('second', 'running'), scoring('first', 'done')];

let store: ReturnType<typeof createScoringStore>;
beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(client.getSettings).mockResolvedValue({ revision: 0, corrections: [] });
  vi.mocked(client.saveSettings).mockReset().mockResolvedValue({ revision: 1, corrections: [] });
  vi.mocked(client.listScorings).mockReset().mockResolvedValue([done]);
  vi.mocked(client.startScoring).mockReset().mockResolvedValue(running);
  table.isFilled.mockReturnValue(true);
  table.annotate.mockResolvedValue(null);
  table.refresh.mockReset().mockResolvedValue({ plan: {}, plots: {} });
  table.count.mockReset().mockResolvedValue({ nuclei: 1, teaching: { isReading: false } });
  store = createScoringStore({ id: 'slide', width: 9, height: 9, mayEdit: true, stated: 0.25 });
});
afterEach(() => {
  store.end();
  vi.useRealTimers();
});

test('a list that was asked for before a scoring was started does not hide it', async () => {
  const { actions } = store.getState();
  let answer: (list: SlideScoring[]) => void = () => undefined;
  vi.mocked(client.listScorings)
    .mockReset()
    .mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    .mockResolvedValue([running, done]);
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  actions.score({ kind: 'slide' });
  await vi.advanceTimersByTimeAsync(0);
  answer([done]);
  await vi.advanceTimersByTimeAsync(0);
  expect(store.getState().scorings).toEqual([running, done]);
});

test('a worker that counts again has no fault any more', async () => {
  const { actions } = store.getState();
  table.count.mockRejectedValueOnce(new Error('A part of this page stopped working.'));
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.getState().fault?.problem).toBe('A part of this page stopped working.');
  store.getState().fault?.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.getState()).toMatchObject({ fault: null, numbers: { nuclei: 1 } });
});

test('nothing is scored by other thresholds than those on the page', async () => {
  const { actions } = store.getState();
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  vi.mocked(client.saveSettings).mockRejectedValue(new AppError('invalid_option', 'No such threshold.'));
  actions.segment(180);
  await vi.advanceTimersByTimeAsync(0);
  expect(client.startScoring).not.toHaveBeenCalled();
  expect(store.getState()).toMatchObject({
    isStarting: false,
    saving: { step: 'refused' },
    fault: { problem: 'The scoring was not started, since the thresholds are not saved.' },
  });
});

test('hot spots stay while annotations are not counted yet, and are looked for after that', async () => {
  const { actions } = store.getState();
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  table.hotSpots
    .mockResolvedValueOnce({ spots: ['old'] })
    .mockResolvedValueOnce(null)
    .mockResolvedValue({ spots: ['new'] });
  await actions.findHotSpots();
  await vi.advanceTimersByTimeAsync(400);
  expect(store.getState().hotSpots).toEqual({ spots: ['old'] });
  actions.change({ size_thresh: 30 });
  await vi.advanceTimersByTimeAsync(400);
  expect(store.getState().hotSpots).toEqual({ spots: ['new'] });
});

test('nuclei that a line encloses are taught, taken back and taught again in one step', async () => {
  const { actions } = store.getState();
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  const clicks = () => store.getState().settings.teaching?.clicks ?? [];
  actions.teach({ x: 1, y: 2 });
  actions.setTeachAs({ name: 'stroma' });
  actions.teachAll([
    { x: 3, y: 4 },
    { x: 5, y: 6 },
  ]);
  const all = clicks();
  expect(all.map((click) => ('name' in click ? click.name : ''))).toEqual(['tumour', 'stroma', 'stroma']);
  actions.undoTeaching();
  expect(clicks()).toEqual(all.slice(0, 1));
  actions.redoTeaching();
  expect(clicks()).toEqual(all);
  actions.undoTeaching();
  actions.undoTeaching();
  expect(clicks()).toEqual([]);
  actions.redoTeaching();
  actions.redoTeaching();
  expect(clicks()).toEqual(all);
  // What is beyond the most that a slide takes is told.
  actions.teachAll(Array.from({ length: 100_000 }, (_, x) => ({ x, y: 0 })));
  expect(store.getState().teachingNote).toMatch(/^Only \d+ of 100000 nuclei were taken\.$/);
  actions.teachAll([{ x: 0, y: 0 }]);
  expect(store.getState().teachingNote).toContain('No more nuclei');
});

test('quick presses rest on each other; one without an effect says why', async () => {
  const { actions } = store.getState();
  actions.begin();
  await vi.advanceTimersByTimeAsync(0);
  const made = () => store.getState().settings.corrections;
  // The nuclei are those of the last count, which takes a while.
  let counted = made();
  table.count.mockImplementation(async ({ corrections }: { corrections: typeof counted }) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    counted = corrections;
    return { nuclei: 1, teaching: { isReading: false } };
  });
  table.probe.mockImplementation(async () => {
    const last = counted.at(-1);
    return last ? { isKept: last.kind !== 'delete', isPositive: 'positive' in last && last.positive } : null;
  });
  const place = { x: 3, y: 4 };
  const added = { kind: 'add', ...place, positive: false };
  actions.press('addNegative', place);
  actions.press('addPositive', place);
  await vi.advanceTimersByTimeAsync(1000);
  expect(made()).toEqual([added]);
  expect(store.getState().correctionNote).toBe('There is a nucleus already. Flip its class, or delete it.');
  actions.press('flip', place);
  actions.press('flip', place);
  actions.press('flip', place);
  actions.undoCorrection();
  actions.press('teach', place);
  actions.press('delete', place);
  actions.press('delete', place);
  await vi.advanceTimersByTimeAsync(3000);
  const flipped = [true, false].map((positive) => ({ kind: 'class', ...place, positive }));
  expect(made()).toEqual([added, ...flipped, { kind: 'delete', ...place }]);
  expect(store.getState()).toMatchObject({
    settings: { teaching: { clicks: [{ ...place, name: 'tumour' }] } },
    correctionNote: 'There is no nucleus that counts.',
    undone: [],
  });
  actions.press('teach', place);
  await vi.advanceTimersByTimeAsync(0);
  expect(store.getState().teachingNote).toBe('There is no nucleus that counts.');
});

test('a press whose nucleus cannot be looked up adds nothing, and says why', async () => {
  const { actions } = store.getState();
  table.probe.mockRejectedValue(new Error('A part of this page stopped working.'));
  await actions.press('addPositive', { x: 3, y: 4 });
  expect(store.getState()).toMatchObject({
    settings: { corrections: [] },
    correctionNote: 'A part of this page stopped working.',
  });
  await actions.press('teach', { x: 3, y: 4 });
  expect(store.getState().teachingNote).toBe('A part of this page stopped working.');
});
