import { createStore, type StoreApi } from 'zustand/vanilla';
import { t } from '@/app/_text/t';
import type { EditedPane } from '@/app/_viewer/edited-pane';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import type { Box, Polygons } from '@/lib/annotations/points';
import type { Choice, Saving } from '@/lib/client/keep-saved';
import type { Annotation, AnnotationClass, Annotations } from '@/lib/contracts/annotation';
import type { GridEdit } from '@/lib/imaging/tissue/edit-core-grid';
import type { Tool } from './editing/draft';
import { addressCore, editCores } from './editing/edit-cores';
import { type Corner, settle, withoutCorner } from './editing/handles';
import {
  type Counted,
  countedPart,
  duplicate,
  type Edit,
  erase,
  merge,
  move,
  paint,
  split,
} from './editing/operations';
import { type EditAction, type EditState, EMPTY, overLimit, reduce } from './editing/reducer';

export type AnnotationModel = EditState & {
  /** The view; null until it is open. */
  pane: EditedPane | null;
  /** Of the link by which the slide is open. */
  id: string;
  slide: Box;
  mayEdit: boolean;
  saving: Saving<Annotations>;
  tool: Tool;
  /** Another tool of the page is in use: presses on the slide are not for annotations. */
  isAside: boolean;
  /** What is drawn next. */
  drawnClass: AnnotationClass;
  /** Radius of the brush, in CSS pixels. */
  radius: number;
  /** The corner of the selected annotation that was pressed last. */
  corner: Corner | null;
  /** A sentence about what was just asked for; null: nothing to say. */
  words: string | null;
  actions: Actions;
};
type Actions = ReturnType<typeof createActions>;
export type AnnotationStore = StoreApi<AnnotationModel>;
/** Where the annotations are kept. */
export type AnnotationKeeper = {
  /** Called after each change. */
  changed: () => void;
  choose: (choice: Choice) => unknown;
  begin: () => void;
};

export const RADIUS_PX = { least: 4, most: 120 };
const DUPLICATE_OFFSET_PX = 16;

type SlideOf = { id: string; width: number; height: number; mayEdit: boolean };

/** Annotations, what is selected of them, the tool in use, and whether all is saved. @param keep - is given the store itself */
export function createAnnotationStore(
  { id, width, height, mayEdit }: SlideOf,
  keep: (store: AnnotationStore) => AnnotationKeeper,
): AnnotationStore {
  const store: AnnotationStore = createStore<AnnotationModel>()((_set, get) => ({
    ...EMPTY,
    ...{ pane: null, id, slide: { x0: 0, y0: 0, x1: width, y1: height }, mayEdit, saving: { step: 'loading' } },
    ...{ tool: 'select', isAside: false, drawnClass: 'tumour', radius: 24, corner: null, words: null },
    actions: createActions(
      () => get(),
      (part) => store.setState(part),
      () => keeper,
    ),
  }));
  const keeper = keep(store);
  return store;
}

/** Shows other annotations than before, whose rings are open. `load` forgets what was done to those; of `step` going back brings them back. */
export function showAnnotations(
  store: AnnotationStore,
  annotations: readonly Annotation[],
  how: 'load' | 'take' | 'step',
) {
  const action: EditAction =
    how === 'load' ? { kind: 'load', annotations } : { kind: 'take', annotations, isStep: how === 'step' };
  store.setState((state) => ({ ...reduce(state, action), corner: null }));
}

/** Whether there is anything that can be drawn on. */
export const isDrawable = ({ mayEdit, saving }: Pick<AnnotationModel, 'mayEdit' | 'saving'>): boolean =>
  mayEdit && saving.step !== 'loading' && saving.step !== 'unread';

export const selectedOf = ({ annotations, selected }: Pick<EditState, 'annotations' | 'selected'>): Annotation[] => {
  const ids = new Set(selected);
  return annotations.filter(({ id }) => ids.has(id));
};

function createActions(
  get: () => AnnotationModel,
  set: (part: Partial<AnnotationModel>) => void,
  keeper: () => AnnotationKeeper,
) {
  function apply(action: EditAction): boolean {
    const state = get();
    const next = reduce(state, action);
    const problem = action.kind === 'edit' ? overLimit(next.annotations) : null;
    if (problem) {
      set({ words: problem });
      return false;
    }
    set({ ...next, words: null, corner: next.annotations === state.annotations ? state.corner : null });
    keeper().changed();
    return true;
  }
  /** @param change - is made only where something can be drawn: what combines polygons is there by then */
  function edit(change: Edit | null | (() => Edit | null), key?: string): boolean {
    if (!isDrawable(get())) return false;
    const made = typeof change === 'function' ? change() : change;
    return made !== null && apply({ kind: 'edit', ...made, ...(key !== undefined && { key }) });
  }
  const chosen = () => selectedOf(get());
  const say = (words: string | null) => set({ words });

  return {
    say,
    setPane: (pane: EditedPane | null) => set({ pane }),
    setTool: (tool: Tool) => set({ tool, isAside: false, corner: null, words: null }),
    setAside: (isAside: boolean) =>
      set(isAside ? { isAside, tool: 'select', corner: null, selected: [] } : { isAside }),
    setRadius: (radius: number) =>
      set({ radius: Math.min(RADIUS_PX.most, Math.max(RADIUS_PX.least, Math.round(radius))) }),
    setCorner: (corner: Corner | null) => set({ corner }),
    setDrawnClass: (drawnClass: AnnotationClass) => set({ drawnClass }),
    select(ids: readonly string[]) {
      set({ ...reduce(get(), { kind: 'select', ids }), corner: null });
    },
    undo: () => isDrawable(get()) && apply({ kind: 'undo' }),
    redo: () => isDrawable(get()) && apply({ kind: 'redo' }),
    choose: (choice: Choice) => void keeper().choose(choice),
    reload: () => keeper().begin(),

    /** Draws a new annotation, and selects it. */
    draw(of: Pick<Annotation, 'shape' | 'polygons'>) {
      const annotation = createAnnotation({ ...of, class: get().drawnClass });
      edit({ put: [annotation], remove: [], select: [annotation.id] });
    },
    add(annotations: readonly Annotation[]): boolean {
      return edit({ put: [...annotations], remove: [], select: annotations.map(({ id }) => id) });
    },
    /** As far as nuclei count in them. */
    addFields(fields: readonly Annotation[], counted: Counted) {
      return edit(() => {
        const put = fields.map((field) => countedPart(field, counted));
        return { put, remove: [], select: put.map(({ id }) => id) };
      });
    },
    paint(area: Polygons) {
      const { drawnClass, slide } = get();
      const [target] = chosen();
      if (target?.is_locked) say(t('The selected annotation is locked. Unlock it, or select none to draw a new one.'));
      else edit(() => paint(chosen(), area, { class: drawnClass, slide }));
    },
    /** @param under - what is erased where nothing is selected */
    erase(area: Polygons, under: Annotation | null) {
      const targets = chosen().length > 0 ? chosen() : under ? [under] : [];
      if (targets.length === 0) say(t('Select what is erased from, or begin within it.'));
      else if (targets.every((one) => one.is_locked)) say(t('The annotation is locked. Unlock it to erase from it.'));
      else edit(() => erase(targets, area));
    },
    /** Puts another outline in place; null removes the annotation. */
    reshape(annotation: Annotation, shaped: Annotation | null) {
      edit({
        put: shaped ? [shaped] : [],
        remove: shaped ? [] : [annotation.id],
        select: shaped ? [annotation.id] : [],
      });
    },
    /** Of the selected annotation, the corner that was pressed last. */
    removeCorner() {
      const { corner, slide } = get();
      const [one] = chosen();
      if (!corner || !one || one.is_locked || !isDrawable(get())) return;
      const polygons = withoutCorner(one.polygons, corner);
      const shaped = polygons && settle({ ...one, polygons, shape: 'polygon' }, slide);
      edit({ put: shaped ? [shaped] : [], remove: shaped ? [] : [one.id], select: shaped ? [one.id] : [] });
    },
    move(dx: number, dy: number, key?: string) {
      const { selected, slide } = get();
      edit(move(chosen(), dx, dy, slide), key && `${key} ${selected.join(' ')}`);
    },
    /** Names, classes, locks, hides. Of a locked annotation only the last two change. */
    change(
      ids: readonly string[],
      fields: Partial<Pick<Annotation, 'name' | 'class' | 'is_locked' | 'is_hidden' | 'rating'>>,
    ) {
      const wanted = new Set(ids);
      const isFree = Object.keys(fields).every((field) => field === 'is_locked' || field === 'is_hidden');
      const put = get()
        .annotations.filter((one) => wanted.has(one.id) && (isFree || !one.is_locked))
        .map((one) => ({ ...one, ...fields }));
      const key = `${Object.keys(fields).join(' ')} ${ids.join(' ')}`;
      edit({ put, remove: [], select: [...get().selected] }, 'name' in fields ? key : undefined);
    },
    /** Of a tissue microarray. */
    correctGrid(change: GridEdit) {
      edit(editCores(get().annotations, change, get().selected));
    },
    /** Gives the address of a core, or takes it where the text is empty. @returns whether it could */
    setAddress(annotation: Annotation, text: string): boolean {
      const change = addressCore(get().annotations, annotation, text);
      if (typeof change !== 'string') return edit(change);
      say(change);
      return false;
    },
    merge: () => edit(() => merge(chosen())),
    split: () => edit(chosen().length === 1 ? split(chosen()[0] as Annotation) : null),
    duplicate() {
      const { pane, slide } = get();
      edit(duplicate(chosen(), DUPLICATE_OFFSET_PX / (pane?.zoom() || 1), slide));
    },
    remove(ids: readonly string[] = get().selected) {
      const wanted = new Set(ids);
      const free = get().annotations.filter((one) => wanted.has(one.id) && !one.is_locked);
      if (free.length > 0) edit({ put: [], remove: free.map(({ id }) => id), select: [] });
      if (free.length < wanted.size) say(t('Locked annotations stay. Unlock them to delete them.'));
    },
  };
}
