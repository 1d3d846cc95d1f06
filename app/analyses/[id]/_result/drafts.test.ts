import { expect, test } from 'vitest';
import type { Analysis } from '@/lib/contracts/analysis';
import { parametersOf } from '../_preview/parameters';
import { browserStorage } from './__fixtures__/browser-storage';
import {
  dropAllKept,
  dropDraft,
  dropExpired,
  findDraft,
  findFeedback,
  storeDraft,
  storeFeedback,
  toDraft,
} from './drafts';

const DEFAULTS = {
  algorithm: 'watershed',
  prob_thresh: 97,
  size_thresh: 'auto',
  size_thresh_upper: 'none',
  marker_thresh: 'none',
};
const analysis = (change: Partial<Analysis> = {}) =>
  ({
    ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', expires_at: '2999-01-01T00:00:00Z', scoring: {}, draft: null },
    result: { revision: 3, defaults: DEFAULTS },
    ...change,
  }) as Analysis;
const changed = { ...parametersOf(analysis()), probThresh: 120 };
const onServer = (base: number, minute: number, probThresh = 110) => ({
  ...toDraft(base, { ...changed, probThresh }),
  saved_at: `2999-01-01T00:${minute}:00Z`,
});

test('what is kept is found again, until it is taken away', () => {
  const place = browserStorage();
  expect(storeDraft(place, analysis(), toDraft(3, changed))).toBe(true);
  expect(findDraft(place, analysis())).toMatchObject({ parameters: changed, baseRevision: 3, isCurrent: true });
  expect(findDraft(place, analysis({ id: 'BBBBBBBBBBBBBBBBBBBBBB' }))).toBeNull();
  dropDraft(place, analysis().id);
  expect(findDraft(place, analysis())).toBeNull();
});

test('one of an older or another revision is only offered', () => {
  const place = browserStorage();
  for (const base of [1, 2, 4]) {
    storeDraft(place, analysis(), toDraft(base, changed));
    expect(findDraft(place, analysis())).toMatchObject({ baseRevision: base, isCurrent: false });
  }
});

test('one that is what is written is none', () => {
  const place = browserStorage();
  storeDraft(place, analysis(), toDraft(2, changed));
  expect(findDraft(place, analysis({ scoring: { prob_thresh: 120 } }))).toBeNull();
});

test('changes that were taken back do not return with the older copy of them', () => {
  const place = browserStorage();
  storeDraft(place, analysis(), toDraft(3, parametersOf(analysis())));
  const older = { ...onServer(3, 10), saved_at: '2000-01-01T00:00:00Z' };
  expect(findDraft(place, analysis({ draft: older }))).toBeNull();
  expect(findDraft(place, analysis({ draft: onServer(3, 10) }))?.parameters.probThresh).toBe(110);
});

test('of two the newer, and one that goes on before one that is offered', () => {
  const place = browserStorage();
  storeDraft(place, analysis(), toDraft(3, changed));
  expect(findDraft(place, analysis({ draft: onServer(3, 10) }))?.parameters.probThresh).toBe(110);
  expect(
    findDraft(place, analysis({ draft: { ...onServer(3, 10), saved_at: '2000-01-01T00:00:00Z' } }))?.parameters
      .probThresh,
  ).toBe(120);
  expect(findDraft(place, analysis({ draft: onServer(2, 10) }))).toMatchObject({
    isCurrent: true,
    parameters: changed,
  });
  expect(findDraft(null, analysis({ draft: onServer(3, 10) }))?.isCurrent).toBe(true);
});

test('nothing is kept for longer than the analysis, nor what cannot be read; what is not ours stays', () => {
  const place = browserStorage();
  storeDraft(place, analysis({ expires_at: '2000-01-01T00:00:00Z' }), toDraft(3, changed));
  place.setItem('restain-draft:torn', '{"draft":');
  place.setItem('theme', 'dark');
  storeDraft(place, analysis({ id: 'CCCCCCCCCCCCCCCCCCCCCC' }), toDraft(3, changed));
  dropExpired(place);
  expect([...place.kept.keys()]).toEqual(['theme', 'restain-draft:CCCCCCCCCCCCCCCCCCCCCC']);
});

test('a full storage, or none, is no failure', () => {
  const full = {
    ...browserStorage(),
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  };
  expect(storeDraft(full, analysis(), toDraft(3, changed))).toBe(false);
  expect(storeDraft(null, analysis(), toDraft(3, changed))).toBe(false);
  expect(findDraft(null, analysis())).toBeNull();
  dropExpired(null);
});

test('feedback that is not sent is found again, and nothing is left of an analysis that is no more', () => {
  const place = browserStorage();
  const feedback = { rating: 4, note: 'Two are missing.' };
  storeDraft(place, analysis(), toDraft(3, changed));
  storeFeedback(place, analysis(), feedback);
  expect(findFeedback(place, analysis())).toEqual(feedback);
  place.setItem('restain-notes:BBBBBBBBBBBBBBBBBBBBBB', '{"feedback":{}}');
  expect(findFeedback(place, analysis({ id: 'BBBBBBBBBBBBBBBBBBBBBB' }))).toBeNull();
  dropAllKept(place, analysis().id);
  expect([...place.kept.keys()]).toEqual(['restain-notes:BBBBBBBBBBBBBBBBBBBBBB']);
});
