import { createStore } from 'zustand/vanilla';
import type { Analysis, Correction, Region, UpdateScoring } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import type { NucleusPixels } from '@/lib/exchange/nuclei';
import type { IntensityBins, IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { indexOfCounts, type LabelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { Thresholds } from '@/lib/scoring/thresholds';
import type { Trouble } from '../_loading/failures';
import type { LayerName } from '../_pictures/layers';
import {
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

export type ResultState = {
  /** The last answer of the server; `done`, with a result. */
  analysis: Analysis;
  micronsPerPixel: number;
  /** What the preview is computed from. Every change starts a new preview. */
  parameters: Parameters;
  /** A rating and a note that are not sent yet; null = none. */
  feedback: UnsentFeedback | null;
  /** Corrections taken back; the last one is redone first. */
  undone: readonly Correction[];
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

  view: ViewSettings;
  tool: Tool;
  /** What the region tools draw. */
  drawnKind: Region['kind'];
  /** The nucleus under the pointer, or tapped. */
  probed: ProbedNucleus | null;
};

/** What is left out is set as for a region drawn with the tools. */
export type NewRegion = Pick<Region, 'shape' | 'rings'> & Partial<Pick<Region, 'kind' | 'name'>>;

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
  /** null when it is sent. */
  keepFeedback: (feedback: UnsentFeedback | null) => void;

  addCorrection: (correction: Correction) => void;
  /** Changes the class of the nucleus at a point, if there is one. */
  flipAt: (place: { x: number; y: number }) => Promise<void>;
  undoCorrection: () => void;
  redoCorrection: () => void;
  clearCorrections: () => void;

  /** Rings as in GeoJSON, closed, image pixels. */
  addRegion: (region: NewRegion) => void;
  addRegions: (regions: readonly NewRegion[]) => void;
  changeRegion: (id: string, change: Partial<Pick<Region, 'name' | 'kind' | 'enabled'>>) => void;
  removeRegion: (id: string) => void;

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
  /** Takes a newer answer of the server: fresh links, feedback. A newer result in it is offered, not applied. */
  receiveAnalysis: (analysis: Analysis) => void;

  setMode: (mode: ViewMode) => void;
  changeLayer: (name: LayerName, change: Partial<Layer>) => void;
  changeOutlines: (change: Partial<Outlines>) => void;
  setTool: (tool: Tool) => void;
  setDrawnKind: (kind: Region['kind']) => void;
  /** What is on the screen; null before there is a picture. */
  sight: () => Box | null;
  /** The pixels of the nuclei of `live`. */
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
  pixels: () => Promise<NucleusPixels>;
  sight: () => Box | null;
  retry: () => void;
  /** @throws AppError `revision_conflict` */
  save: (id: string, body: UpdateScoring) => Promise<Analysis>;
  read: (id: string) => Promise<Analysis>;
  dropDraft: (id: string) => void;
  /** Reloads the page: the maps are those of another run. */
  reopen: () => void;
  newId: () => string;
};

export type ResultModel = ResultState & { actions: ResultActions };
export type ResultStore = ReturnType<typeof createResultStore>;

export function createResultStore(
  analysis: Analysis,
  outside: ResultOutside,
  view: ViewSettings = INITIAL_VIEW,
  draft: FoundDraft | null = null,
  feedback: UnsentFeedback | null = null,
) {
  return createStore<ResultModel>()((set, get) => {
    /** Sends every request at once; the worker skips all but the newest. */
    async function preview() {
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
    const change = (parameters: Partial<Parameters>, more: Partial<ResultState> = {}) => {
      set({ parameters: { ...get().parameters, ...parameters }, ...more });
      void preview();
    };
    async function meetTheirs(id: string) {
      try {
        const analysis = await outside.read(id);
        set({ theirs: { analysis, isRefusal: true }, update: { state: 'idle' } });
      } catch (error) {
        set({ update: { state: 'failed', problem: sentenceOf(error) } });
      }
    }
    let probeTurn = 0;

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

      setThresholds: (thresholds) => change(thresholds),
      resetThresholds: (names) => {
        const defaults = defaultsOf(get().analysis);
        change(Object.fromEntries(names.map((name) => [name, defaults[name]])));
      },

      setIntensity: (intensity) => change({ intensity }),
      keepFeedback: (feedback) => set({ feedback }),

      addCorrection: (correction) =>
        change({ corrections: [...get().parameters.corrections, correction] }, { undone: [] }),
      flipAt: async (place) => {
        const nucleus = await outside.probe(place);
        if (nucleus?.isKept) actions.addCorrection({ kind: 'class', ...place, positive: !nucleus.isPositive });
      },
      undoCorrection: () => {
        const { parameters, undone } = get();
        const last = parameters.corrections.at(-1);
        if (last) change({ corrections: parameters.corrections.slice(0, -1) }, { undone: [...undone, last] });
      },
      redoCorrection: () => {
        const { parameters, undone } = get();
        const next = undone.at(-1);
        if (next) change({ corrections: [...parameters.corrections, next] }, { undone: undone.slice(0, -1) });
      },
      clearCorrections: () => change({ corrections: [] }, { undone: [...get().parameters.corrections].reverse() }),

      addRegion: (region) => actions.addRegions([region]),
      addRegions: (drawn) => {
        const { regions } = get().parameters;
        const added = drawn.map(({ shape, rings, kind = get().drawnKind, name }, n) => {
          const given = name ?? `Region ${regions.length + n + 1}`;
          return { id: outside.newId(), name: given, kind, shape, rings, enabled: true };
        });
        change({ regions: [...regions, ...added] });
      },
      changeRegion: (id, changed) =>
        change({
          regions: get().parameters.regions.map((region) => (region.id === id ? { ...region, ...changed } : region)),
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
        outside.dropDraft(analysis.id);
        if (draft?.isCurrent) change(parametersOf(analysis), { draft: null, undone: [] });
        else set({ draft: null });
      },
      forgetChanges: () => {
        const { analysis } = get();
        outside.dropDraft(analysis.id);
        change(parametersOf(analysis), { draft: null, theirs: null, undone: [], feedback: null });
      },
      takeTheirs: () => {
        const { theirs, analysis } = get();
        if (!theirs) return;
        outside.dropDraft(analysis.id);
        if (!isSameRun(theirs.analysis, analysis)) return outside.reopen();
        const parameters = parametersOf(theirs.analysis);
        change(parameters, { analysis: theirs.analysis, theirs: null, draft: null, undone: [] });
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
        else set({ analysis: withLinksOf(received, analysis), theirs: { analysis: received, isRefusal: false } });
      },

      setMode: (mode) => set({ view: { ...get().view, mode } }),
      changeLayer: (name, changed) => {
        const { layers } = get().view;
        set({ view: { ...get().view, layers: { ...layers, [name]: { ...layers[name], ...changed } } } });
      },
      changeOutlines: (changed) => set({ view: { ...get().view, outlines: { ...get().view.outlines, ...changed } } }),
      setTool: (tool) => set({ tool }),
      setDrawnKind: (drawnKind) => set({ drawnKind }),
      sight: outside.sight,
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
      undone: [],
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
      view,
      tool: 'pan',
      drawnKind: 'include',
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
  return error instanceof Error ? error.message : 'Something went wrong.';
}

/** Whether the parameters differ from those of the saved result. */
export const hasUnsavedChanges = ({ analysis, parameters }: ResultState): boolean =>
  !areSameParameters(parameters, parametersOf(analysis));

/** Whether numbers and outlines are those of the current parameters. */
export const isUpToDate = ({ liveOf, parameters }: ResultState): boolean => liveOf === parameters;

/** The numbers to show: estimated ones while there is a sketch, then live ones; the server's until the pictures are loaded. */
export function numbersOf({ live, sketch, analysis }: Pick<ResultState, 'live' | 'sketch' | 'analysis'>) {
  if (sketch?.bins) return { ...indexOfBins(sketch.bins), isEstimate: true };
  if (live) return { ...live.numbers, isEstimate: false };
  const { scoring, percent_pos_interval: interval } = analysis.result as NonNullable<Analysis['result']>;
  return {
    total: scoring.num_total,
    positive: scoring.num_pos,
    negative: scoring.num_neg,
    percentPositive: scoring.percent_pos,
    interval,
    isEstimate: false,
  };
}

const indexOfBins = ({ negative, onePlus, twoPlus, threePlus }: IntensityBins): LabelingIndex =>
  indexOfCounts(onePlus + twoPlus + threePlus, negative);
