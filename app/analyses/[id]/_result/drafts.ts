import { z } from 'zod';
import { type Analysis, AnalysisDraft, type SaveDraft } from '@/lib/contracts/analysis';
import { areSameParameters, type Parameters, parametersOf, toScoringParameters } from '../_preview/parameters';

/** Changes that are not saved in the result, as found when the page was opened. */
export type FoundDraft = {
  parameters: Parameters;
  /** ISO 8601. */
  savedAt: string;
  /** The revision that they were made from. */
  baseRevision: number;
  /** Whether that is the current revision. If so they are applied at once, otherwise they are offered. */
  isCurrent: boolean;
};

/** What the server has not got yet, and what a reload must not lose. */
export type UnsentFeedback = { rating: number | null; note: string };

/** The browser's local storage; tests pass their own. */
export type DraftStorage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const PREFIX = 'restain-draft:';
const NOTES_PREFIX = 'restain-notes:';
type Kept = { draft: AnalysisDraft; expiresAt: string };

/** The browser's local storage; null where there is none (a private window, a policy). */
export function browserStorage(): DraftStorage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export const toDraft = (base: number, parameters: Parameters): SaveDraft => ({
  ...toScoringParameters(parameters),
  base_revision: base,
});

/** @returns whether it is kept: the storage can be full. */
export function storeDraft(storage: DraftStorage | null, analysis: Analysis, draft: SaveDraft): boolean {
  const kept: Kept = {
    draft: { ...draft, saved_at: new Date().toISOString() },
    expiresAt: analysis.expires_at,
  };
  try {
    storage?.setItem(PREFIX + analysis.id, JSON.stringify(kept));
    return storage !== null;
  } catch {
    return false;
  }
}

export const dropDraft = (storage: DraftStorage | null, id: string): void => storage?.removeItem(PREFIX + id);

/** Removes everything kept of an analysis that is deleted. */
export function dropAllKept(storage: DraftStorage | null, id: string): void {
  dropDraft(storage, id);
  storage?.removeItem(NOTES_PREFIX + id);
}

/** Keeps feedback that is not sent yet, in this browser alone. */
export function storeFeedback(
  storage: DraftStorage | null,
  { id, expires_at: expiresAt }: Analysis,
  feedback: UnsentFeedback | null,
): void {
  try {
    if (feedback === null) storage?.removeItem(NOTES_PREFIX + id);
    else storage?.setItem(NOTES_PREFIX + id, JSON.stringify({ feedback, expiresAt }));
  } catch {
    // The storage is full. The page still has them.
  }
}

export function findFeedback(storage: DraftStorage | null, { id }: Analysis): UnsentFeedback | null {
  const kept = KeptNotes.safeParse(readJson(storage?.getItem(NOTES_PREFIX + id)));
  return kept.success ? kept.data.feedback : null;
}

/** Removes drafts and notes of expired analyses, so that a browser keeps nothing longer than the server does. */
export function dropExpired(storage: DraftStorage | null): void {
  if (!storage) return;
  const keys = Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? '');
  for (const key of keys.filter((name) => name.startsWith(PREFIX) || name.startsWith(NOTES_PREFIX))) {
    const kept = readJson(storage.getItem(key)) as { expiresAt?: unknown } | null;
    const until = Date.parse(String(kept?.expiresAt));
    if (!(until > Date.now())) storage.removeItem(key);
  }
}

/**
 * The newest draft that differs from the result, kept in this browser or on the server. One that is as the result is says
 * that the changes were taken back: the older ones no longer stand.
 */
export function findDraft(storage: DraftStorage | null, analysis: Analysis): FoundDraft | null {
  const { result } = analysis;
  if (!result) return null;
  const written = parametersOf(analysis);
  const drafts = [readKept(storage?.getItem(PREFIX + analysis.id) ?? null), analysis.draft]
    .filter((draft) => draft !== null)
    .map(({ base_revision: baseRevision, saved_at: savedAt, ...scoring }) => ({
      parameters: parametersOf({ scoring, result }),
      savedAt,
      baseRevision,
      isCurrent: baseRevision === result.revision,
    }))
    .sort((a, b) => Date.parse(b.savedAt) - Date.parse(a.savedAt));
  const takenBack = drafts.findIndex(({ parameters }) => areSameParameters(parameters, written));
  const standing = takenBack === -1 ? drafts : drafts.slice(0, takenBack);
  // A draft of the current revision comes before a newer one of an older revision.
  return standing.find(({ isCurrent }) => isCurrent) ?? standing[0] ?? null;
}

function readKept(text: string | null): AnalysisDraft | null {
  const kept = readJson(text) as Partial<Kept> | null;
  const draft = AnalysisDraft.safeParse(kept?.draft);
  // A draft that another version of the page wrote in another form is ignored.
  return draft.success ? draft.data : null;
}

function readJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

const KeptNotes = z.object({
  feedback: z.object({ rating: z.number().nullable(), note: z.string() }).nullable(),
});
