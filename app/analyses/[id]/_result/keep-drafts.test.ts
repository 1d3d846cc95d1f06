import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deleteDraft, saveDraft } from '@/lib/client/analyses';
import type { Analysis } from '@/lib/contracts/analysis';
import { type Parameters, parametersOf } from '../_preview/parameters';
import { browserStorage } from './__fixtures__/browser-storage';
import { findDraft, toDraft } from './drafts';
import { keepDrafts } from './keep-drafts';
import type { ResultStore } from './result-store';

vi.mock('@/lib/client/analyses', () => ({ saveDraft: vi.fn(), deleteDraft: vi.fn() }));

const analysis = {
  ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', expires_at: '2999-01-01T00:00:00Z', scoring: {}, draft: null },
  result: {
    revision: 3,
    defaults: {
      algorithm: 'watershed',
      prob_thresh: 97,
      size_thresh: 0,
      size_thresh_upper: 'none',
      marker_thresh: 'none',
    },
  },
} as unknown as Analysis;
const written = parametersOf(analysis);
const changed = { ...written, probThresh: 120 };

/** A server that keeps one draft, and a browser with a page that keeps changes. */
function open(parameters: Parameters, onServer: Analysis['draft'] = null) {
  const server = { draft: onServer };
  vi.mocked(saveDraft).mockImplementation(async (_, draft) => {
    server.draft = { ...draft, saved_at: new Date().toISOString() };
    return analysis;
  });
  vi.mocked(deleteDraft).mockImplementation(async () => {
    server.draft = null;
  });
  const draft = findDraft(localStorage, { ...analysis, draft: server.draft });
  let state = {
    analysis: { ...analysis, draft: server.draft },
    parameters,
    draft,
    feedback: null,
    update: { state: 'idle' },
  };
  const listeners: ((now: typeof state, before: typeof state) => void)[] = [];
  const end = keepDrafts({
    getState: () => state,
    subscribe: (listener: (typeof listeners)[number]) => {
      listeners.push(listener);
      return () => undefined;
    },
  } as unknown as ResultStore);
  const change = (next: Parameters) => {
    const before = state;
    state = { ...state, parameters: next };
    for (const listener of listeners) listener(state, before);
  };
  return { server, change, end };
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T10:00:00Z') });
  const localStorage = browserStorage();
  vi.stubGlobal('localStorage', localStorage);
  vi.stubGlobal('window', Object.assign(new EventTarget(), { localStorage }));
  vi.stubGlobal('document', new EventTarget());
});
afterEach(() => {
  vi.resetAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('changes that are taken back just before a reload do not return from the server, which then forgets them', async () => {
  const first = open(written);
  first.change(changed);
  await vi.advanceTimersByTimeAsync(2000);
  expect(first.server.draft).toMatchObject({ prob_thresh: 120 });
  first.change(written);
  await vi.advanceTimersByTimeAsync(50);
  first.end();
  const { draft } = first.server;
  expect(draft).not.toBeNull();
  expect(findDraft(localStorage, { ...analysis, draft })).toBeNull();

  const second = open(written, draft);
  await vi.advanceTimersByTimeAsync(2000);
  expect(second.server.draft).toBeNull();
  expect(localStorage).toHaveLength(0);
  second.end();
});

test('changes of an earlier visit that are taken back at once are forgotten by the server', async () => {
  const { server, change, end } = open(changed, { ...toDraft(3, changed), saved_at: '2026-01-01T09:00:00Z' });
  change(written);
  await vi.advanceTimersByTimeAsync(2000);
  expect(server.draft).toBeNull();
  end();
});

test('changes that are only offered stay on the server', async () => {
  const { server, end } = open(written, { ...toDraft(2, changed), saved_at: '2026-01-01T09:00:00Z' });
  await vi.advanceTimersByTimeAsync(2000);
  expect(saveDraft).not.toHaveBeenCalled();
  expect(deleteDraft).not.toHaveBeenCalled();
  expect(server.draft).toMatchObject({ prob_thresh: 120 });
  end();
});

test('a browser that keeps nothing asks before a page is left whose changes the server still has, though taken back', async () => {
  const isAsked = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  const kept = open(written);
  kept.change(changed);
  await vi.advanceTimersByTimeAsync(2000);
  kept.change(written);
  expect(isAsked()).toBe(false);
  kept.end();

  vi.stubGlobal('window', Object.assign(new EventTarget(), { localStorage: null }));
  const { server, change, end } = open(written);
  change(changed);
  expect(isAsked()).toBe(true);
  await vi.advanceTimersByTimeAsync(2000);
  expect(isAsked()).toBe(false);
  change(written);
  expect(isAsked()).toBe(true);
  await vi.advanceTimersByTimeAsync(2000);
  expect(server.draft).toBeNull();
  expect(isAsked()).toBe(false);
  end();
});
