import { t } from '@/app/_text/t';
import { type Annotation, countVertices, MAX_ANNOTATION_VERTICES, MAX_ANNOTATIONS } from '@/lib/contracts/annotation';
import { wholeText } from '@/lib/contracts/whole-text';

type All = readonly Annotation[];

/** One annotation before or after a step; null where there was none. `at` is its place in the list. */
type Moment = { readonly id: string; readonly annotation: Annotation | null; readonly at: number };

/** What one action did. Going back touches these annotations alone, so that it never undoes what somebody else drew. */
type Step = { readonly before: readonly Moment[]; readonly after: readonly Moment[]; readonly key: string | null };

export type EditState = {
  /** The last one lies on top. */
  readonly annotations: All;
  readonly selected: readonly string[];
  readonly past: readonly Step[];
  readonly future: readonly Step[];
};

export type EditAction =
  /** All annotations as they are on the server; what was done before cannot be undone any more. */
  | { kind: 'load'; annotations: All }
  /** Takes what somebody else has changed, and keeps the history. `isStep`: going back brings this page's own back. */
  | { kind: 'take'; annotations: All; isStep: boolean }
  /**
   * Puts annotations in place of those with their ids, or on top, and removes others. Steps in a row with one `key` are one
   * step: the letters of a name, a region that is moved by keys.
   */
  | { kind: 'edit'; put?: All; remove?: readonly string[]; select?: readonly string[]; key?: string }
  | { kind: 'select'; ids: readonly string[] }
  | { kind: 'undo' }
  | { kind: 'redo' };

export const EMPTY: EditState = { annotations: [], selected: [], past: [], future: [] };
const MAX_STEPS = 200;

/** Annotations and what was done to them. Everything is a new object; nothing that was handed out changes. */
export function reduce(state: EditState, action: EditAction): EditState {
  switch (action.kind) {
    case 'load':
      return { ...EMPTY, annotations: action.annotations, selected: present(state.selected, action.annotations) };
    case 'take': {
      const { annotations } = action;
      const next = { ...state, annotations, selected: present(state.selected, annotations) };
      return action.isStep ? { ...next, ...withStep(state, stepOf(state.annotations, annotations, null)) } : next;
    }
    case 'edit': {
      const annotations = edited(state.annotations, action.put ?? [], action.remove ?? []);
      const step = stepOf(state.annotations, annotations, action.key ?? null);
      const selected = present(action.select ?? state.selected, annotations);
      if (step.after.length === 0) return { ...state, selected };
      return { ...state, annotations, selected, ...withStep(state, step) };
    }
    case 'select':
      return { ...state, selected: present(action.ids, state.annotations) };
    case 'undo': {
      const step = state.past.at(-1);
      if (!step) return state;
      return travelled(state, step.before, { past: ended(state.past.slice(0, -1)), future: [...state.future, step] });
    }
    case 'redo': {
      const step = state.future.at(-1);
      if (!step) return state;
      return travelled(state, step.after, { past: ended([...state.past, step]), future: state.future.slice(0, -1) });
    }
  }
}

const present = (ids: readonly string[], annotations: All): readonly string[] => {
  const known = new Set(annotations.map(({ id }) => id));
  return ids.filter((id) => known.has(id));
};

function edited(annotations: All, put: All, remove: readonly string[]): All {
  const putById = new Map(put.map((annotation) => [annotation.id, annotation]));
  const gone = new Set(remove);
  const kept = annotations.filter(({ id }) => !gone.has(id)).map((one) => putById.get(one.id) ?? one);
  const known = new Set(annotations.map(({ id }) => id));
  return [...kept, ...put.filter(({ id }) => !known.has(id))];
}

/** The difference of two lists. Annotations that are the same object are the same. */
function stepOf(before: All, after: All, key: string | null): Step {
  const [was, is] = [before, after].map(
    (all) => new Map(all.map((annotation, at) => [annotation.id, { annotation, at }])),
  );
  const ids = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])];
  const touched = ids.filter((id) => was?.get(id)?.annotation !== is?.get(id)?.annotation);
  const moments = (of: typeof was): Moment[] =>
    touched.map((id) => ({ id, annotation: of?.get(id)?.annotation ?? null, at: of?.get(id)?.at ?? 0 }));
  return { before: moments(was), after: moments(is), key };
}

function withStep({ past }: EditState, step: Step): Pick<EditState, 'past' | 'future'> {
  const last = past.at(-1);
  const isMore = last && step.key !== null && last.key === step.key;
  const steps = isMore ? [...past.slice(0, -1), { ...step, before: last.before }] : [...past, step];
  return { past: steps.slice(-MAX_STEPS), future: [] };
}

/** Steps of which the last one is no longer in a row with what comes next. */
const ended = (past: readonly Step[]): readonly Step[] =>
  past.map((step, i) => (i < past.length - 1 ? step : { ...step, key: null }));

function travelled(state: EditState, to: readonly Moment[], history: Pick<EditState, 'past' | 'future'>): EditState {
  const byId = new Map(to.map((moment) => [moment.id, moment]));
  const known = new Set(state.annotations.map(({ id }) => id));
  const annotations = state.annotations.flatMap((one) => {
    const moment = byId.get(one.id);
    return moment ? (moment.annotation ?? []) : one;
  });
  // Those that come back take the places that they had, the lowest first.
  for (const { id, annotation, at } of [...to].sort((a, b) => a.at - b.at))
    if (annotation && !known.has(id)) annotations.splice(at, 0, annotation);
  const back = to.filter(({ annotation }) => annotation).map(({ id }) => id);
  return { ...state, ...history, annotations, selected: present(back, annotations) };
}

/** A sentence when there are more annotations or vertices than a slide may have. */
export function overLimit(annotations: All): string | null {
  if (annotations.length > MAX_ANNOTATIONS)
    return t('A slide may have {most} annotations; these would be {count}.', {
      most: wholeText(MAX_ANNOTATIONS),
      count: wholeText(annotations.length),
    });
  const vertices = countVertices(annotations);
  if (vertices <= MAX_ANNOTATION_VERTICES) return null;
  return t('All annotations together may have {most} corners; these would have {count}.', {
    most: wholeText(MAX_ANNOTATION_VERTICES),
    count: wholeText(vertices),
  });
}
