import { createStore, type StoreApi } from 'zustand/vanilla';
import { createNewest, createTurns } from '@/app/_loading/in-turn';
import { t } from '@/app/_text/t';
import { isPassing } from '@/lib/client/http';
import { sentenceOf } from '@/lib/client/sentence-of';
import { cancelScoring, getSettings, listScorings, saveSettings, startScoring } from '@/lib/client/slide-scorings';
import type { Annotation } from '@/lib/contracts/annotation';
import {
  type Classifier,
  MAX_TEACHING_CLICKS,
  type TaughtClass,
  type TeachAs,
  type TeachingFields,
} from '@/lib/contracts/classifier';
import { gradingOf } from '@/lib/contracts/score-choice';
import type { ScoringScope, SlideScoring } from '@/lib/contracts/slide-scoring';
import { readKindSettings } from '@/lib/contracts/slide-settings';
import { readThresholds } from '@/lib/contracts/thresholds';
import { AppError } from '@/lib/errors';
import { isMembranous, KINDS } from '@/lib/scoring/classify/kinds';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import type { HeatKind } from '@/lib/scoring/slide/heat-map';
import { HOT_SPOT_SIZES, type HotSpots } from '@/lib/scoring/slide/hot-spots';
import type { NeuroendocrineScore, ProtocolName } from '@/lib/scoring/slide/protocols';
import { keepSettings, type SettingsFields, type SettingsSaving } from './keep-settings';
import { createTableClient, type TableClient } from './table/table-client';
import type { ProbedNucleus, TableNumbers, TablePlan, TablePlots } from './table/table-protocol';

/** What a press on the slide does to a nucleus, or says of it. */
export type CorrectionTool = 'flip' | 'delete' | 'addPositive' | 'addNegative';
export type NucleusTool = CorrectionTool | TeachingTool;
/** `teach`: a press states one nucleus; `teachAround`: a line drawn round some states all of them. */
type TeachingTool = 'teach' | 'teachAround';
export const isTeachingTool = (tool: NucleusTool | null): tool is TeachingTool =>
  tool === 'teach' || tool === 'teachAround';

type TeachingClick = TeachingFields['clicks'][number];

export type ScoringModel = {
  mayEdit: boolean;
  /** µm per pixel that the file states; null where it states none. */
  stated: number | null;
  /** The latest first; null until they are known. */
  scorings: readonly SlideScoring[] | null;
  /** Being sent. */
  isStarting: boolean;
  /** Why the last request was not done, and what to do again. */
  fault: { problem: string; retry: () => void } | null;
  /** What is scored once a person has said the pixel size. */
  asked: ScoringScope | null;
  settings: SettingsFields;
  saving: SettingsSaving;
  plan: TablePlan | null;
  plots: TablePlots | null;
  numbers: TableNumbers | null;
  hotSpotSize: HotSpotSize;
  hotSpots: HotSpots | null;
  isSearching: boolean;
  protocol: ProtocolName;
  neuroendocrine: NeuroendocrineScore | null;
  areNucleiShown: boolean;
  heat: HeatKind | 'off';
  tool: NucleusTool | null;
  /** What a nucleus that is pressed on is said to be. */
  teachAs: TeachAs;
  teachingNote: string | null;
  /** How many clicks each step has added, the last step last. What was there before it has none. */
  gestures: readonly number[];
  /** Clicks that were taken back, the last step first. */
  untaught: readonly (readonly TeachingClick[])[];
  /** Why the last press corrected nothing. */
  correctionNote: string | null;
  /** Corrections that were taken back, the last one first. */
  undone: SettingsFields['corrections'];
  actions: ReturnType<typeof createActions>;
};

export type ScoringStore = StoreApi<ScoringModel> & {
  readonly table: TableClient;
  readonly end: () => void;
  readonly isEnded: () => boolean;
  /** Whether a setting on the page is not on the server. */
  readonly isUnsaved: () => boolean;
};

type SlideOf = { id: string; width: number; height: number; mayEdit: boolean; stated: number | null };

const NOTHING_TAUGHT: TeachingFields = { classes: [], clicks: [] };
const NO_SETTINGS: SettingsFields = { corrections: [] };
const RUNNING_POLL_MS = 1000;
/** Other pages may start a scoring or change settings. */
const IDLE_POLL_MS = 10_000;
/** Kinds are told, and hot spots looked for, anew when numbers have rested. */
const REST_MS = 400;
/** About half a second of work. */
const MOST_TOLD_WHILE_SCORING = 100_000;

const isActive = ({ state }: SlideScoring): boolean => state === 'queued' || state === 'running';
export const activeOf = (scorings: readonly SlideScoring[] | null): SlideScoring | null =>
  scorings?.find(isActive) ?? null;
export const micronsOf = ({ settings, stated }: Pick<ScoringModel, 'settings' | 'stated'>): number | null =>
  settings.microns_per_pixel ?? stated;
/** What is taught by clicks on this slide. */
export const teachingOf = ({ settings }: Pick<ScoringModel, 'settings'>): TeachingFields =>
  settings.teaching ?? NOTHING_TAUGHT;
/** Whether this link may change settings, and they were read. */
export const mayChange = ({ mayEdit, saving }: Pick<ScoringModel, 'mayEdit' | 'saving'>): boolean =>
  mayEdit && saving.step !== 'loading' && saving.step !== 'unread';

/** The scoring of a slide: its runs, its settings, its nuclei and numbers. */
export function createScoringStore({ id, width, height, mayEdit, stated }: SlideOf): ScoringStore {
  const table = createTableClient({ id, width, height });
  const store = createStore<ScoringModel>()(() => ({
    ...{ mayEdit, stated, scorings: null, isStarting: false, fault: null, asked: null },
    ...{ settings: NO_SETTINGS, saving: { step: 'loading' }, plan: null, plots: null, numbers: null },
    ...{ hotSpotSize: HOT_SPOT_SIZES[0], hotSpots: null, isSearching: false },
    ...{ protocol: 'global', neuroendocrine: null, areNucleiShown: true, heat: 'index', tool: null },
    ...{ undone: [], correctionNote: null },
    ...{ teachAs: { name: 'tumour' }, teachingNote: null, gestures: [], untaught: [] },
    actions: createActions(id, () => parts),
  }));
  const keeper = keepSettings({
    read: (signal) => getSettings(id, { signal }),
    save: (body) => saveSettings(id, body),
    current: () => store.getState().settings,
    show: (settings) => {
      const notes = { correctionNote: null, teachingNote: null };
      store.setState({ settings, undone: [], gestures: [], untaught: [], ...notes });
      counting.request();
    },
    onChange: (saving) => store.setState({ saving }),
  });
  const counting = createCounting(store, table);
  const following = createFollowing(id, store, { table, keeper, counting });
  const parts: Parts = { store, table, keeper, counting, following };
  let isEnded = false;
  return {
    ...store,
    table,
    isEnded: () => isEnded,
    isUnsaved: keeper.isUnsaved,
    end() {
      isEnded = true;
      following.end();
      counting.end();
      keeper.end();
      table.close();
    },
  };
}

type Store = StoreApi<ScoringModel>;
type Parts = {
  store: Store;
  table: TableClient;
  keeper: ReturnType<typeof keepSettings>;
  counting: ReturnType<typeof createCounting>;
  following: ReturnType<typeof createFollowing>;
};

/** Counts anew whenever something has changed; after a rest, what takes longer. */
function createCounting(store: Store, table: TableClient) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let areSpotsWanted = false;
  let isEnded = false;
  const counts = createNewest();

  async function count(): Promise<void> {
    const { settings, plan, tool } = store.getState();
    if (!plan || isEnded) return;
    const numbers = await table
      .count({
        thresholds: readThresholds(settings),
        intensity: gradingOf(settings),
        corrections: settings.corrections,
        ...readKindSettings(settings),
        isTeaching: isTeachingTool(tool),
      })
      .catch((error: unknown) => fail(error));
    if (!numbers || isEnded) return;
    store.setState(store.getState().fault?.retry === retry ? { numbers, fault: null } : { numbers });
    clearTimeout(timer);
    timer = setTimeout(() => void search(), REST_MS);
  }

  /** @param isAsked - by a person; else only what was asked for before is looked for again */
  async function search(isAsked = false): Promise<void> {
    const { hotSpotSize, protocol, numbers } = store.getState();
    if (!numbers || isEnded) return;
    if (isAsked) store.setState({ isSearching: true });
    areSpotsWanted ||= isAsked;
    try {
      if ((numbers.kinds === 'waiting' || numbers.teaching.isReading) && mayTell() && (await table.tell()))
        return retry();
      // Between new annotations and their count there is no answer. The count asks again.
      const hotSpots = areSpotsWanted && (await table.hotSpots(hotSpotSize));
      if (hotSpots) store.setState({ hotSpots });
      const neuroendocrine = protocol === 'neuroendocrine' && (await table.neuroendocrine());
      if (neuroendocrine) store.setState({ neuroendocrine });
    } catch (error) {
      fail(error);
    }
    store.setState({ isSearching: false });
  }

  /** Every second brings more nuclei while a scoring runs, and kinds of many are given up before they are told. */
  function mayTell(): boolean {
    const { numbers, scorings } = store.getState();
    return activeOf(scorings) === null || (numbers?.nuclei ?? 0) <= MOST_TOLD_WHILE_SCORING;
  }

  const retry = () => void counts.run(count());
  function fail(error: unknown): null {
    if (!isEnded) store.setState({ fault: { problem: sentenceOfWorker(error), retry } });
    return null;
  }

  return {
    request: retry,
    /** Until the numbers are those of the newest request. */
    settled: counts.settled,
    search,
    end() {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}

/** What ends a worker has a sentence of its own. */
const sentenceOfWorker = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : sentenceOf(error);

type Followed = { table: TableClient; keeper: Parts['keeper']; counting: Parts['counting'] };

/** Asks how scorings stand: often while one runs, else now and then. Reads the nuclei that were found meanwhile. */
function createFollowing(id: string, store: Store, { table, keeper, counting }: Followed) {
  const ending = new AbortController();
  const { signal } = ending;
  let wake: () => void = () => undefined;
  /** Whether somebody wants to know while an answer is on its way, which may be too old. */
  let isPoked = false;
  let areas: readonly Annotation[] = [];
  let seen = '';

  async function ask(): Promise<void> {
    await keeper.refresh();
    const scorings = await listScorings(id, { signal });
    store.setState({ scorings });
    // A scoring with other settings or more cells has found something.
    const now = scorings.map(({ id: scoring, state, progress }) => `${scoring} ${state} ${progress.cells_done}`);
    const { settings } = store.getState();
    const membranous = isMembranous(settings.marker);
    const state = [...now, settings.prob_thresh, settings.model, settings.microns_per_pixel, membranous].join();
    if (micronsOf(store.getState()) === null || scorings.length === 0) return;
    const isNew = !table.isFilled();
    if (!isNew && state === seen) return;
    const found = await table.refresh(signal);
    seen = state;
    if (!found) {
      // It has ended since.
      if (store.getState().numbers?.kinds === 'waiting') counting.request();
      return;
    }
    if (isNew) await table.annotate(areas.map(asArea));
    store.setState(found);
    counting.request();
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      let fault: ScoringModel['fault'] | undefined;
      isPoked = false;
      try {
        await ask();
        if (store.getState().fault?.retry === poke) fault = null;
      } catch (error) {
        if (signal.aborted) return;
        // What passes is asked again without a word while something is on the page.
        if (!isPassing(error) || store.getState().scorings === null)
          fault = { problem: sentenceOfWorker(error), retry: poke };
      }
      if (fault !== undefined) store.setState({ fault });
      if (isPoked) continue;
      const ms = activeOf(store.getState().scorings) ? RUNNING_POLL_MS : IDLE_POLL_MS;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const poke = () => {
    isPoked = true;
    wake();
  };
  return {
    begin: () => void follow(),
    poke,
    /** The regions whose numbers are wanted. */
    annotate(annotations: readonly Annotation[]) {
      areas = annotations;
      if (store.getState().plan === null) return;
      table.annotate(annotations.map(asArea)).then(counting.request, () => undefined);
    },
    end() {
      ending.abort();
      wake();
    },
  };
}

const asArea = ({ id, class: name, polygons, rating }: Annotation) => ({ id, class: name, polygons, rating });

function createActions(id: string, parts: () => Parts) {
  const set = (part: Partial<ScoringModel>) => parts().store.setState(part);
  const get = () => parts().store.getState();
  const inTurn = createTurns();

  /** Does what a person asked for; a failure becomes a sentence. */
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    set({ fault: null, isStarting: true });
    try {
      await work();
    } catch (error) {
      set({ fault: { problem: sentenceOf(error), retry: () => void attempt(work) } });
    }
    set({ isStarting: false });
    parts().following.poke();
  }

  function change(fields: Partial<SettingsFields>): void {
    if (!mayChange(get())) return;
    set({ settings: { ...get().settings, ...fields } });
    parts().keeper.changed();
    parts().counting.request();
  }

  function correctAll(corrections: SettingsFields['corrections'], undone: SettingsFields['corrections']): void {
    change({ corrections });
    set({ undone, correctionNote: null });
  }
  const correct = (correction: SettingsFields['corrections'][number]) =>
    correctAll([...get().settings.corrections, correction], []);

  /** @param steps - what can be taken back and done again; nothing after something that is no click */
  function teach(
    fields: Partial<TeachingFields>,
    { gestures = [], untaught = [] }: Partial<Pick<ScoringModel, 'gestures' | 'untaught'>> = {},
  ): void {
    const teaching = { ...teachingOf(get()), ...fields };
    const isEmpty = teaching.classes.length + teaching.clicks.length === 0;
    change({ teaching: isEmpty ? undefined : teaching });
    set({ gestures, untaught, teachingNote: null });
  }

  /** One step. @param places - in a nucleus each */
  function teachAll(places: readonly { x: number; y: number }[]): void {
    const { clicks } = teachingOf(get());
    const added = places.slice(0, MAX_TEACHING_CLICKS - clicks.length).map(({ x, y }) => ({ x, y, ...get().teachAs }));
    if (added.length > 0) teach({ clicks: [...clicks, ...added] }, { gestures: [...get().gestures, added.length] });
    if (added.length === 0) set({ teachingNote: t('No more nuclei can be taught on one slide.') });
    else if (added.length < places.length)
      set({
        teachingNote: t('Only {taken} of {count} nuclei were taken.', { taken: added.length, count: places.length }),
      });
  }

  /** @param micronsPerPixel - null where it is known already */
  const score = (scope: ScoringScope, micronsPerPixel: number | null = null): void => {
    const isAsked = micronsOf(get()) === null && micronsPerPixel === null;
    set({ asked: isAsked ? scope : null });
    if (isAsked) return;
    void attempt(async () => {
      const { keeper } = parts();
      await keeper.flush();
      // The server scores by the settings that it has.
      if (keeper.isUnsaved())
        throw new AppError('wrong_state', t('The scoring was not started, since the thresholds are not saved.'));
      const body = micronsPerPixel === null ? { scope } : { scope, microns_per_pixel: micronsPerPixel };
      const started = await startScoring(id, body);
      set({ scorings: [started, ...(get().scorings ?? [])] });
      if (micronsPerPixel !== null) await keeper.refresh();
    });
  };

  return {
    begin: () => parts().following.begin(),
    refresh: () => parts().following.poke(),
    annotate: (annotations: readonly Annotation[]) => parts().following.annotate(annotations),
    change,
    score,
    dropAsked: () => set({ asked: null }),
    cancel: (scoring: string) => void attempt(() => cancelScoring(id, scoring)),
    choose: (choice: 'theirs' | 'mine') => void parts().keeper.choose(choice),
    /** Finds all nuclei that were found before anew, from what is kept of the network's answer. */
    segment(probThresh: number) {
      change({ prob_thresh: probThresh });
      score({ kind: 'scored' });
    },
    /** Does what a tool says to the nucleus at a place, as the presses before have left it. */
    press: (tool: Exclude<NucleusTool, 'teachAround'>, place: { x: number; y: number }) =>
      inTurn(async () => {
        await parts().counting.settled();
        const note = tool === 'teach' ? 'teachingNote' : 'correctionNote';
        let nucleus: ProbedNucleus | null;
        try {
          nucleus = await parts().table.probe(place);
        } catch (error) {
          return set({ [note]: sentenceOfWorker(error) });
        }
        const isCounted = nucleus?.isKept === true;
        if (tool === 'teach') {
          if (isCounted) teachAll([place]);
          else set({ teachingNote: t('There is no nucleus that counts.') });
        } else if (tool === 'addPositive' || tool === 'addNegative') {
          if (!isCounted) correct({ kind: 'add', ...place, positive: tool === 'addPositive' });
          else set({ correctionNote: t('There is a nucleus already. Flip its class, or delete it.') });
        } else if (!isCounted) set({ correctionNote: t('There is no nucleus that counts.') });
        else if (tool === 'delete') correct({ kind: 'delete', ...place });
        else correct({ kind: 'class', ...place, positive: !nucleus?.isPositive });
      }),
    undoCorrection: () =>
      inTurn(() => {
        const { settings, undone } = get();
        const last = settings.corrections.at(-1);
        if (last) correctAll(settings.corrections.slice(0, -1), [last, ...undone]);
      }),
    redoCorrection: () =>
      inTurn(() => {
        const [next, ...undone] = get().undone;
        if (next) correctAll([...get().settings.corrections, next], undone);
      }),
    setTool(tool: NucleusTool | null) {
      const isOther = isTeachingTool(tool) !== isTeachingTool(get().tool);
      set({ tool, correctionNote: null });
      // What a click needs is made ready, and where nobody is sure is looked up.
      if (isOther) parts().counting.request();
    },
    setTeachAs: (teachAs: TeachAs) => set({ teachAs }),
    /** @param place - in a nucleus */
    teach: (place: { x: number; y: number }) => teachAll([place]),
    teachAll,
    undoTeaching: () =>
      inTurn(() => {
        const { gestures, untaught } = get();
        const { clicks } = teachingOf(get());
        const kept = clicks.length - (gestures.at(-1) ?? 1);
        if (clicks.length === 0) return;
        const steps = { gestures: gestures.slice(0, -1), untaught: [clicks.slice(kept), ...untaught] };
        teach({ clicks: clicks.slice(0, kept) }, steps);
      }),
    redoTeaching: () =>
      inTurn(() => {
        const [again, ...untaught] = get().untaught;
        const steps = { gestures: [...get().gestures, again?.length ?? 0], untaught };
        if (again) teach({ clicks: [...teachingOf(get()).clicks, ...again] }, steps);
      }),
    clearTeaching: () => teach({ clicks: [] }, { untaught: [teachingOf(get()).clicks] }),
    addClass(named: TaughtClass) {
      teach({ classes: [...teachingOf(get()).classes, named] });
      set({ teachAs: { name: named.name } });
    },
    removeClass(name: string) {
      const { classes, clicks } = teachingOf(get());
      teach({
        classes: classes.filter((of) => of.name !== name),
        clicks: clicks.filter((click) => !('name' in click) || click.name !== name),
      });
      set({ teachAs: { name: 'tumour' } });
    },
    setClassifier(classifier: Classifier | null) {
      const { classes, clicks } = teachingOf(get());
      const known: string[] = [...KINDS, ...[...classes, ...(classifier?.classes ?? [])].map(({ name }) => name)];
      // Clicks of a class that only the classifier before had go with it.
      const kept = clicks.filter((click) => !('name' in click) || known.includes(click.name));
      change({ classifier: classifier ?? undefined });
      teach({ clicks: kept });
      set({ teachAs: { name: 'tumour' } });
    },
    setTeachingNote: (teachingNote: string) => set({ teachingNote }),
    setHotSpotSize(hotSpotSize: HotSpotSize) {
      set({ hotSpotSize });
      if (get().hotSpots) void parts().counting.search(true);
    },
    findHotSpots: () => parts().counting.search(true),
    setProtocol(protocol: ProtocolName) {
      set({ protocol });
      void parts().counting.search(protocol === 'hotSpot');
    },
    show: (part: Partial<Pick<ScoringModel, 'areNucleiShown' | 'heat'>>) => set(part),
  };
}
