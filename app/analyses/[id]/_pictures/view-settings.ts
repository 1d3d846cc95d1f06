import { LAYER_NAMES, LAYERS, type LayerName } from './layers';

/** One fluorescence channel. Values up to `low` are black, from `high` on they have the full `colour`. */
export type Layer = { isShown: boolean; low: number; high: number; colour: string };
export type Layers = Record<LayerName, Layer>;

export const VIEW_MODES = ['original', 'inferred', 'hematoxylin', 'side', 'swipe'] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

export type Outlines = {
  isShown: boolean;
  /** Line width of positive nuclei in screen pixels. Negative nuclei have a thinner line. */
  thickness: number;
  positiveColour: string;
  negativeColour: string;
};

export type ViewSettings = { mode: ViewMode; layers: Layers; outlines: Outlines };

/** What a pane shows beside the original: fluorescence channels added up, or the hematoxylin picture. */
export type Inferred = Layers | 'hematoxylin';

/** The tools; the one in use decides what a press on the picture does. */
export const TOOLS = [
  'pan',
  'flip',
  'delete',
  'addPositive',
  'addNegative',
  'rectangle',
  'polygon',
  'freehand',
] as const;
export type Tool = (typeof TOOLS)[number];

export const INITIAL_VIEW: ViewSettings = {
  mode: 'original',
  layers: Object.fromEntries(
    LAYER_NAMES.map((name) => [
      name,
      { isShown: LAYERS[name].isShown, low: 0, high: 255, colour: LAYERS[name].colour },
    ]),
  ) as Layers,
  outlines: { isShown: true, thickness: 2.5, positiveColour: '#ff9f1c', negativeColour: '#6f62ff' },
};
