import { createStore } from 'zustand/vanilla';
import { createNewest, createTurns } from '@/app/_loading/in-turn';
import type { Trouble } from '@/app/_loading/trouble';
import { t } from '@/app/_text/t';
import {
  type Analysis,
  type Correction,
  MAX_CORRECTIONS,
  type Region,
  type UpdateScoring,
} from '@/lib/contracts/analysis';
import { type Classifier, MAX_TEACHING_CLICKS, type TeachAs, type TeachingFields } from '@/lib/contracts/classifier';
import type { MembraneChoice } from '@/lib/contracts/score-choice';
import { AppError } from '@/lib/errors';
import type { NucleusPixels } from '@/lib/exchange/nuclei';
import { KINDS, type Marker } from '@/lib/scoring/classify/kinds';
import type { Features } from '@/lib/scoring/classify/nucleus-features';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { Thresholds } from '@/lib/scoring/thresholds';
import type { LayerName } from '../_pictures/layers';
import {
  type Heat,
  INITIAL_VIEW,
  type Layer,
  type Outlines,
  type Tool,
  type ViewMode,
  type ViewSettings,
} from '../_pictures/view-settings';
import type { Box, LiveHistograms, LiveScore, LiveSketch, ProbedNucleus } from '../_preview/live-protocol';
import {
  areSameParameters,
  defaultsOf,
  type Parameters,
  parametersOf,
  toScoringParameters,
} from '../_preview/parameters';
import type { FoundDraft, UnsentFeedback } from './drafts';
import type { Headline } from './headline';
import { type History, NO_HISTORY, remember, rememberAll, stepBack, stepForth } from './history';
import { type NucleusPlace, nucleiWithin } from './teach-within';

export type ResultState = History & {
  /** The last answer of the server; `done`, with a result. */
  analysis: Analysis;
  micronsPerPixel: number;
  /** What the preview is computed from. Every change starts a new preview. */
  parameters: Parameters;
  /** A rating and a note that are not sent yet; null = none. */
  feedback: UnsentFeedback | null;
  /** The nuclei of the rectangle that was drawn last. */
  selected: readonly NucleusPlace[];
  /** Why the last press corrected nothing; null = it did. */
  cellNote: string | null;
  /** null until the pictures are loaded. */
  live: LiveScore | null;
  /** The parameters that `live` was computed from. While they differ from `parameters`, the numbers are old. */
  liveOf: Parameters | null;
  histograms: LiveHistograms | null;
  /** Estimate and outlines that are shown until `live` is there, while the segmentation threshold moves. */
  sketch: LiveSketch | null;
  /** Loading of what the preview needs, 0 to 1. */
  loaded: number;
  /** Why there is no live preview, as a sentence. */
  problem: string | null;
  /** What could not be fetched or started so far, by its name. */
  troubles: Readonly<Record<string, Trouble>>;
  update: { state: 'idle' | 'saving' } | { state: 'failed'; problem: string };
  /** Changes of an earlier visit: applied if `isCurrent`, otherwise offered, because the result has changed. */
  draft: FoundDraft | null;
  /** A newer result of somebody else. `isRefusal`: it is known from an update that was refused because of it. */
  theirs: { analysis: Analysis; isRefusal: boolean } | null;

  headline: Headline;
  view: ViewSettings;
  tool: Tool;
  /** What the region tools draw. */
  drawnKind: Region['kind'];
  /** What a press with the tool `teach` says of a nucleus. */
  teachAs: TeachAs;
  /** How many clicks each gesture of this visit has made, so that a drawn outline is undone as a whole. */
  gestures: readonly number[];
  /** Gestures taken back; the last one is redone first. */
  untaught: readonly (readonly TeachingClick[])[];
  /** Why the last gesture taught nothing, or not all; null = it did. */
  teachingNote: string | null;
  /** Where the picture is to be moved to. Each is a new object. */
  lookAt: { x: number; y: number } | null;
  /** The nucleus under the pointer, or tapped. */
  probed: ProbedNucleus | null;
};

/** What is left out is set as for a region drawn with the tools. */
export type NewRegion = Pick<Region, 'shape' | 'rings'> & Partial<Pick<Region, 'kind' | 'name' | 'enabled'>>;

export type ResultActions = {
  /** Loads the pictures and starts the preview. */
  load: () => Promise<void>;
  receiveProgress: (fraction: number) => void;
  receiveSketch: (sketch: LiveSketch) => void;
  /** null: the trouble is over. */
  receiveTrouble: (name: string, trouble: Trouble | null) => void;
  /** Tries again at once what has failed. */
  retry: () => void;

  setThresholds: (change: Partial<Thresholds>) => void;
  /** Sets the named thresholds to the model's choice. */
  resetThresholds: (names: readonly (keyof Thresholds)[]) => void;

  setIntensity: (thresholds: IntensityThresholds) => void;
  setMarker: (marker: Marker | null) => void;
  setMembrane: (membrane: MembraneChoice) => void;
  setExcludeOnEdges: (areExcluded: boolean) => void;
  /** null when it is sent. */
  keepFeedback: (feedback: UnsentFeedback | null) => void;

  /** Deletes the nucleus there, or says that there is none. */
  deleteAt: (place: { x: number; y: number }) => Promise<void>;
  /** Adds a nucleus at a point, where none is counted yet. */
  addAt: (place: { x: number; y: number }, positive: boolean) => Promise<void>;
  /** Cuts a nucleus along a line, or joins the nuclei at its ends. Refused with a sentence where it has no effect. */
  reshape: (correction: Extract<Correction, { kind: 'split' | 'join' }>) => Promise<void>;
  /** Selects all nuclei whose centre a closed ring encloses. */
  selectWithin: (ring: readonly (readonly [x: number, y: number])[]) => Promise<void>;
  /** Corrects all selected nuclei in one step, and lays the selection down. */
  correctSelected: (how: 'flip' | 'delete' | 'positive' | 'negative') => void;
  dropSelection: () => void;
  /** Changes the class of the nucleus at a point, if there is one. */
  flipAt: (place: { x: number; y: number }) => Promise<void>;
  /** Takes the last change back: of regions, corrections, thresholds or cut points. Teaching has its own. */
  undo: () => void;
  redo: () => void;
  clearCorrections: () => void;

  setTeachAs: (what: TeachAs) => void;
  /** States the kind or class of the nucleus at a point, if there is one. */
  teachAt: (place: { x: number; y: number }) => Promise<void>;
  /** The same of all nuclei whose centre a closed ring encloses. */
  teachWithin: (ring: readonly (readonly [x: number, y: number])[]) => Promise<void>;
  undoTeaching: () => void;
  redoTeaching: () => void;
  clearTeaching: () => void;
  addClass: (named: TeachingFields['classes'][number]) => void;
  /** With the clicks that name it. */
  removeClass: (name: string) => void;
  /** null: teaching starts from the prior. */
  setClassifier: (classifier: Classifier | null) => void;
  show: (place: { x: number; y: number }) => void;

  /** Rings as in GeoJSON, closed, image pixels. */
  addRegion: (region: NewRegion) => void;
  addRegions: (regions: readonly NewRegion[]) => void;
  /** Puts these in place of the hot spots that were found before. */
  replaceHotSpots: (found: readonly NewRegion[]) => void;
  changeRegion: (id: string, change: Partial<Pick<Region, 'name' | 'kind' | 'enabled'>>) => void;
  removeRegion: (id: string) => void;
  /** All regions, as the editor has left them. */
  setRegions: (regions: readonly Region[]) => void;
  /** Makes one region the only one that counts; those that exclude stay. */
  countOnly: (id: string) => void;

  /** Saves these parameters: the server makes the final pictures and numbers, unless there is a newer result. */
  saveUpdate: () => Promise<void>;
  /** Applies changes that are only offered. */
  applyDraft: () => void;
  discardDraft: () => void;
  /** Goes back to the saved result and drops all changes. */
  forgetChanges: () => void;
  /** Drops the changes and shows the newer result. */
  takeTheirs: () => void;
  /** Keeps the changes, to replace the newer result: at once if that was asked for. */
  keepMine: () => void;
  /** Decides later: the dialog becomes a notice. */
  postpone: () => void;
  /** Takes a newer answer of the server: fresh links, feedback. A newer result in it is offered, not applied; by a view link the page shows it at once. */
  receiveAnalysis: (analysis: Analysis) => void;

  setHeadline: (headline: Headline) => void;
  setMode: (mode: ViewMode) => void;
  changeLayer: (name: LayerName, change: Partial<Layer>) => void;
  changeOutlines: (change: Partial<Outlines>) => void;
  setHeat: (heat: Heat) => void;
  setTool: (tool: Tool) => void;
  setDrawnKind: (kind: Region['kind']) => void;
  /** What is on the screen; null before there is a picture. */
  sight: () => Box | null;
  /** What kinds are told by, of the nuclei of `live`. */
  features: () => Promise<Features>;
  /** The pixels of the same nuclei. */
  pixels: () => Promise<NucleusPixels>;
  /** Image pixels; null when the pointer leaves. */
  probe: (place: { x: number; y: number } | null) => void;
};

/** What the store needs from outside; tests pass their own. */
export type ResultOutside = {
  /** Fetches what the preview needs, and retries until it succeeds. Rejects when the page is left. */
  load: (analysis: Analysis) => Promise<LiveHistograms>;
  /** null when a newer request came in before this one was done. */
  score: (parameters: Parameters) => Promise<LiveScore | null>;
  probe: (place: { x: number; y: number }) => Promise<ProbedNucleus | null>;
  features: () => Promise<Features>;
  pixels: () => Promise<NucleusPixels>;
  sight: () => Box | null;
  retry: () => void;
  /** @throws AppError `revision_conflict` */
  save: (id: string, body: UpdateScoring) => Promise<Analysis>;
  read: (id: string) => Promise<Analysis>;
  dropDraft: (id: string) => void;
  /** Reloads the page: the maps may be those of another run. */
  reopen: () => void;
  newId: () => string;
  keepHeadline: (headline: Headline) => void;
};

export type TeachingClick = TeachingFields['clicks'][number];

const NO_NUCLEUS = t('There is no nucleus that counts.');
const NOT_LOADED = t('The nuclei are still being loaded. Try again in a moment.');
const WITHOUT_EFFECT = {
  split: t('No nucleus was cut. Draw a line across one, from edge to edge.'),
  join: t('Nothing was joined. Draw a line from one nucleus to another that touches it.'),
};

const NO_TEACHING_STEPS: Partial<ResultState> = {
  gestures: [],
  untaught: [],
  teachAs: { name: 'tumour' },
  teachingNote: null,
};
/** Nothing to undo or to redo: the parameters are others. */
const NO_STEPS: Partial<ResultState> = { ...NO_HISTORY, selected: [], cellNote: null, ...NO_TEACHING_STEPS };

export type ResultModel = ResultState & { actions: ResultActions };
export type ResultStore = ReturnType<typeof createResultStore>;

export function createResultStore(
  analysis: Analysis,
  outside: ResultOutside,
  view: ViewSettings = INITIAL_VIEW,
  draft: FoundDraft | null = null,
  feedback: UnsentFeedback | null = null,
  headline: Headline = 'all',
) {
  return createStore<ResultModel>()((set, get) => {
    /** Sends every request at once; the worker skips all but the newest. */
    const previews = createNewest();
    const preview = () => previews.run(score());
    async function score() {
      if (!get().histograms) return;
      const { parameters } = get();
      try {
        const live = await outside.score(parameters);
        if (!live) return;
        // If the slider has moved on, its sketch is closer to the new position than this result.
        const sketch = parameters === get().parameters ? null : get().sketch;
        set({ live, liveOf: parameters, sketch, problem: null });
      } catch (error) {
        set({ problem: sentenceOf(error) });
      }
    }
    const put = (parameters: Partial<Parameters>, more: Partial<ResultState> = {}) => {
      if (!get().analysis.may_edit) return;
      // What was selected may count no longer, or be of another class.
      set({ parameters: { ...get().parameters, ...parameters }, selected: [], ...more });
      void preview();
    };
    /** A step that can be undone. @param changed - changes of the same one after the other are one step */
    const change = (
      parameters: Partial<Parameters>,
      { changed = null, ...more }: Partial<ResultState> & { changed?: string | null } = {},
    ) => put(parameters, { ...remember(get(), get().parameters, changed), ...more });
    const step = (moved: ReturnType<typeof stepBack>) => {
      if (!moved) return;
      const { parameters, ...history } = moved;
      const isTaughtAnew = parameters.teaching !== get().parameters.teaching;
      put(parameters, { ...history, selected: [], cellNote: null, ...(isTaughtAnew && NO_TEACHING_STEPS) });
    };
    async function meetTheirs(id: string) {
      try {
        const analysis = await outside.read(id);
        set({ theirs: { analysis, isRefusal: true }, update: { state: 'idle' } });
      } catch (error) {
        set({ update: { state: 'failed', problem: sentenceOf(error) } });
      }
    }
    const inTurn = createTurns();
    /** What a press does rests on the nuclei that the presses and changes before it have left. */
    const press = (work: () => Promise<void>, note: 'cellNote' | 'teachingNote' = 'cellNote') =>
      inTurn(async () => {
        try {
          await previews.settled();
          await work();
        } catch (error) {
          set({ [note]: get().live ? sentenceOf(error) : NOT_LOADED });
        }
      });
    let probeTurn = 0;
    const setClicks = (clicks: readonly TeachingClick[], more: Partial<ResultState>) =>
      put({ teaching: { ...get().parameters.teaching, clicks: [...clicks] } }, { teachingNote: null, ...more });
    function addClicks(clicks: readonly TeachingClick[]) {
      const known = get().parameters.teaching.clicks;
      const added = clicks.slice(0, MAX_TEACHING_CLICKS - known.length);
      if (added.length === 0) return set({ teachingNote: t('No more nuclei can be taught on one image.') });
      const note =
        added.length < clicks.length
          ? t('Only {taken} of {count} nuclei were taken.', { taken: added.length, count: clicks.length })
          : null;
      setClicks([...known, ...added], {
        gestures: [...get().gestures, added.length],
        untaught: [],
        teachingNote: note,
      });
    }

    /** @param before - how many regions there are */
    const made = (drawn: readonly NewRegion[], before: number): Region[] =>
      drawn.map(({ shape, rings, kind = get().drawnKind, name, enabled = true }, n) => {
        const given = name ?? t('Region {number}', { number: before + n + 1 });
        return { id: outside.newId(), name: given, kind, shape, rings, enabled };
      });

    /** One step: one nucleus, or all that are selected. */
    function correct(corrected: readonly Correction[]) {
      const { corrections } = get().parameters;
      if (corrections.length + corrected.length > MAX_CORRECTIONS)
        return set({
          cellNote: t('An image may have {most} corrections, and has {count}.', {
            most: MAX_CORRECTIONS,
            count: corrections.length,
          }),
        });
      change({ corrections: [...corrections, ...corrected] }, { selected: [], cellNote: null });
    }

    const actions: ResultActions = {
      load: async () => {
        try {
          set({ histograms: await outside.load(get().analysis), loaded: 1 });
          await preview();
        } catch {
          // The page is left, or the preview is loaded again.
        }
      },
      receiveProgress: (loaded) => set({ loaded }),
      receiveTrouble: (name, trouble) => {
        const { [name]: _, ...others } = get().troubles;
        set({ troubles: trouble ? { ...others, [name]: trouble } : others });
      },
      retry: () => {
        const { problem } = get();
        outside.retry();
        if (problem === null) return;
        set({ problem: null });
        void actions.load();
      },
      // Without outlines of its own, those of the sketch before are closer than those of `live`.
      receiveSketch: ({ bins, outlines }) =>
        set({ sketch: { bins, outlines: outlines ?? get().sketch?.outlines ?? null } }),

      setThresholds: (thresholds) => change(thresholds, { changed: Object.keys(thresholds).join(' ') }),
      resetThresholds: (names) => {
        const defaults = defaultsOf(get().analysis);
        change(Object.fromEntries(names.map((name) => [name, defaults[name]])));
      },

      setIntensity: (intensity) => change({ intensity }, { changed: 'intensity' }),
      setMarker: (marker) => change({ marker }),
      setMembrane: (membrane) => change({ membrane }, { changed: 'membrane' }),
      setExcludeOnEdges: (excludeOnEdges) => change({ excludeOnEdges }),
      keepFeedback: (feedback) => set({ feedback }),

      deleteAt: (place) =>
        press(async () => {
          const nucleus = await outside.probe(place);
          if (nucleus?.isKept) correct([{ kind: 'delete', ...place }]);
          else set({ cellNote: NO_NUCLEUS });
        }),
      addAt: (place, positive) =>
        press(async () => {
          const nucleus = await outside.probe(place);
          if (nucleus?.isKept) set({ cellNote: t('There is a nucleus already. Flip its class, or delete it.') });
          else correct([{ kind: 'add', ...place, positive }]);
        }),
      reshape: (correction) =>
        press(async function reshape() {
          const { parameters, live } = get();
          const { kind } = correction;
          const before = live?.numbers.corrections[kind] ?? 0;
          const tried = await outside.score({ ...parameters, corrections: [...parameters.corrections, correction] });
          if (get().parameters !== parameters) {
            // Something else was changed meanwhile.
            await previews.settled();
            return reshape();
          }
          if (tried && tried.numbers.corrections[kind] > before) return correct([correction]);
          if (tried) set({ cellNote: WITHOUT_EFFECT[kind] });
          void preview();
        }),
      selectWithin: (ring) =>
        press(async () => {
          const { live } = get();
          if (!live) return set({ cellNote: NOT_LOADED });
          const selected = nucleiWithin(live, ring);
          set({ selected, cellNote: selected.length === 0 ? t('No nucleus has its centre in it.') : null });
        }),
      correctSelected: (how) =>
        correct(
          get().selected.map(({ x, y, isPositive }) =>
            how === 'delete'
              ? { kind: 'delete', x, y }
              : { kind: 'class', x, y, positive: how === 'flip' ? !isPositive : how === 'positive' },
          ),
        ),
      dropSelection: () => set({ selected: [], cellNote: null }),
      flipAt: (place) =>
        press(async () => {
          const nucleus = await outside.probe(place);
          if (nucleus?.isKept) correct([{ kind: 'class', ...place, positive: !nucleus.isPositive }]);
          else set({ cellNote: NO_NUCLEUS });
        }),
      undo: () => void inTurn(() => step(stepBack(get(), get().parameters))),
      redo: () => void inTurn(() => step(stepForth(get(), get().parameters))),
      clearCorrections: () => change({ corrections: [] }, { selected: [], cellNote: null }),

      setTeachAs: (teachAs) => set({ teachAs }),
      teachAt: (place) =>
        press(async () => {
          const nucleus = await outside.probe(place);
          if (nucleus?.isKept) addClicks([{ x: place.x, y: place.y, ...get().teachAs }]);
          else set({ teachingNote: NO_NUCLEUS });
        }, 'teachingNote'),
      teachWithin: (ring) =>
        press(async () => {
          const { live, teachAs } = get();
          if (!live) return set({ teachingNote: NOT_LOADED });
          const places = nucleiWithin(live, ring);
          if (places.length > 0) addClicks(places.map(({ x, y }) => ({ x, y, ...teachAs })));
          else set({ teachingNote: t('There is no nucleus in it.') });
        }, 'teachingNote'),
      undoTeaching: () =>
        void inTurn(() => {
          const { parameters, gestures, untaught } = get();
          const { clicks } = parameters.teaching;
          const kept = clicks.length - (gestures.at(-1) ?? 1);
          if (clicks.length > 0)
            setClicks(clicks.slice(0, kept), {
              gestures: gestures.slice(0, -1),
              untaught: [...untaught, clicks.slice(kept)],
            });
        }),
      redoTeaching: () =>
        void inTurn(() => {
          const { parameters, gestures, untaught } = get();
          const again = untaught.at(-1);
          if (again)
            setClicks([...parameters.teaching.clicks, ...again], {
              gestures: [...gestures, again.length],
              untaught: untaught.slice(0, -1),
            });
        }),
      clearTeaching: () => setClicks([], { gestures: [], untaught: [get().parameters.teaching.clicks] }),
      addClass: (named) => {
        const { teaching } = get().parameters;
        put({ teaching: { ...teaching, classes: [...teaching.classes, named] } }, { teachAs: { name: named.name } });
      },
      removeClass: (name) => {
        const { teaching } = get().parameters;
        const classes = teaching.classes.filter((of) => of.name !== name);
        const clicks = teaching.clicks.filter((click) => !('name' in click) || click.name !== name);
        // Steps back could bring back clicks of a class that is no more.
        put({ teaching: { classes, clicks } }, { gestures: [], untaught: [], teachAs: { name: 'tumour' } });
      },
      setClassifier: (classifier) => {
        const { teaching } = get().parameters;
        const known = [
          ...KINDS,
          ...teaching.classes.map(({ name }) => name),
          ...(classifier?.classes ?? []).map(({ name }) => name),
        ];
        // Those of a class that only the classifier before had go with it.
        const clicks = teaching.clicks.filter((click) => !('name' in click) || known.includes(click.name));
        put(
          { classifier, teaching: { ...teaching, clicks } },
          { gestures: [], untaught: [], teachAs: { name: 'tumour' }, teachingNote: null },
        );
      },
      show: ({ x, y }) => set({ lookAt: { x, y } }),

      addRegion: (region) => actions.addRegions([region]),
      addRegions: (drawn) => {
        const { regions } = get().parameters;
        change({ regions: [...regions, ...made(drawn, regions.length)] });
      },
      replaceHotSpots: (found) => {
        const drawn = get().parameters.regions.filter(({ shape }) => shape !== 'hotspot');
        change({ regions: [...drawn, ...made(found, drawn.length)] });
      },
      changeRegion: (id, changed) =>
        change(
          {
            regions: get().parameters.regions.map((region) => (region.id === id ? { ...region, ...changed } : region)),
          },
          { changed: 'name' in changed ? `name ${id}` : null },
        ),
      setRegions: (regions) => change({ regions }),
      countOnly: (id) =>
        change({
          regions: get().parameters.regions.map((region) =>
            region.kind === 'exclude' ? region : { ...region, enabled: region.id === id },
          ),
        }),
      removeRegion: (id) => change({ regions: get().parameters.regions.filter((region) => region.id !== id) }),

      saveUpdate: async () => {
        if (get().update.state === 'saving') return;
        set({ update: { state: 'saving' } });
        const { analysis, parameters } = get();
        try {
          const expected = analysis.result?.revision;
          const saved = await outside.save(analysis.id, {
            ...toScoringParameters(parameters),
            ...(expected !== undefined && { expected_revision: expected }),
          });
          set({ analysis: saved, update: { state: 'idle' }, draft: null, theirs: null });
        } catch (error) {
          if (isConflict(error)) await meetTheirs(analysis.id);
          else set({ update: { state: 'failed', problem: sentenceOf(error) } });
        }
      },
      applyDraft: () => {
        const { draft } = get();
        if (draft) change(draft.parameters, { draft: null });
      },
      discardDraft: () => {
        const { draft, analysis } = get();
        // What is kept by now may be the changes of this visit.
        if (draft?.isCurrent || !hasUnsavedChanges(get())) outside.dropDraft(analysis.id);
        // It can be undone: changes of this visit go too.
        if (draft?.isCurrent)
          put(parametersOf(analysis), { ...NO_STEPS, ...rememberAll(get(), get().parameters), draft: null });
        else set({ draft: null });
      },
      forgetChanges: () => {
        const { analysis } = get();
        outside.dropDraft(analysis.id);
        put(parametersOf(analysis), { draft: null, theirs: null, ...NO_STEPS, feedback: null });
      },
      takeTheirs: () => {
        const { theirs, analysis } = get();
        if (!theirs) return;
        outside.dropDraft(analysis.id);
        if (!isSameRun(theirs.analysis, analysis)) return outside.reopen();
        const parameters = parametersOf(theirs.analysis);
        put(parameters, { analysis: theirs.analysis, theirs: null, draft: null, ...NO_STEPS });
      },
      keepMine: () => {
        const { theirs, analysis } = get();
        if (!theirs) return;
        if (!isSameRun(theirs.analysis, analysis)) return outside.reopen();
        set({ analysis: theirs.analysis, theirs: null });
        if (theirs.isRefusal) void actions.saveUpdate();
      },
      postpone: () => {
        const { theirs } = get();
        if (theirs) set({ theirs: { ...theirs, isRefusal: false } });
      },
      receiveAnalysis: (received) => {
        const { analysis } = get();
        if (revisionOf(received) === revisionOf(analysis)) set({ analysis: received });
        // Who cannot change anything has nothing to lose, and always sees the newest.
        else if (!analysis.may_edit) outside.reopen();
        else set({ analysis: withLinksOf(received, analysis), theirs: { analysis: received, isRefusal: false } });
      },

      setHeadline: (headline) => {
        outside.keepHeadline(headline);
        set({ headline });
      },
      setMode: (mode) => set({ view: { ...get().view, mode } }),
      changeLayer: (name, changed) => {
        const { layers } = get().view;
        set({ view: { ...get().view, layers: { ...layers, [name]: { ...layers[name], ...changed } } } });
      },
      setHeat: (heat) => set({ view: { ...get().view, heat } }),
      changeOutlines: (changed) => set({ view: { ...get().view, outlines: { ...get().view.outlines, ...changed } } }),
      setTool: (tool) => set({ tool, selected: [], cellNote: null }),
      setDrawnKind: (drawnKind) => set({ drawnKind }),
      sight: outside.sight,
      features: outside.features,
      pixels: outside.pixels,
      probe: (place) => {
        const turn = ++probeTurn;
        if (!place || !get().live) return set({ probed: null });
        outside.probe(place).then(
          (probed) => turn === probeTurn && set({ probed }),
          () => undefined,
        );
      },
    };

    return {
      analysis,
      micronsPerPixel: (analysis.result as NonNullable<Analysis['result']>).provenance.microns_per_pixel,
      parameters: draft?.isCurrent ? draft.parameters : parametersOf(analysis),
      feedback,
      ...NO_HISTORY,
      selected: [],
      cellNote: null,
      live: null,
      liveOf: null,
      histograms: null,
      sketch: null,
      loaded: 0,
      problem: null,
      troubles: {},
      update: { state: 'idle' },
      draft,
      theirs: null,
      headline,
      view,
      tool: 'pan',
      drawnKind: 'include',
      teachAs: { name: 'tumour' },
      gestures: [],
      untaught: [],
      teachingNote: null,
      lookAt: null,
      probed: null,
      actions,
    };
  });
}

const isConflict = (error: unknown) => error instanceof AppError && error.code === 'revision_conflict';

const revisionOf = ({ result }: Analysis) => result?.revision;

/** The earlier result with the links of a later answer to the pictures that both share: all but the drawn ones. */
function withLinksOf(later: Analysis, analysis: Analysis): Analysis {
  const { result } = analysis;
  if (!result || !later.result || !isSameRun(later, analysis)) return analysis;
  const { SegOverlaid, SegRefined, ...shared } = later.result.pictures;
  const pictures = { ...result.pictures, ...shared };
  return { ...later, scoring: analysis.scoring, result: { ...result, pictures } };
}

/** Whether two results have the same maps: their links differ only in the signature. */
function isSameRun(a: Analysis, b: Analysis): boolean {
  const placeOf = ({ result }: Analysis) => result?.pictures.Seg?.url.split('?')[0];
  return placeOf(a) === placeOf(b);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : t('Something went wrong.');
}

/** Whether the parameters differ from those of the saved result. */
export const hasUnsavedChanges = ({ analysis, parameters }: ResultState): boolean =>
  !areSameParameters(parameters, parametersOf(analysis));

/** Whether numbers and outlines are those of the current parameters. */
export const isUpToDate = ({ liveOf, parameters }: ResultState): boolean => liveOf === parameters;

/** Whether there is a step back to take: of this visit, or a correction of an earlier one. */
export const canUndo = ({ past, parameters }: ResultState): boolean =>
  past.length > 0 || parameters.corrections.length > 0;
