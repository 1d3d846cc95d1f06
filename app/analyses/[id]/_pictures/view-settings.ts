export const LAYER_NAMES = ['marker', 'dapi', 'lap2', 'hematoxylin'] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

/** One fluorescence channel of the inferred view: added in `colour`, `low` black and `high` full. */
export type Layer = { isShown: boolean; low: number; high: number; colour: string };
export type Layers = Record<LayerName, Layer>;

export const VIEW_MODES = ['original', 'inferred', 'hematoxylin', 'side', 'swipe'] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

export type Outlines = {
  isShown: boolean;
  /** Screen pixels of a positive nucleus's line; a negative one's is thinner. */
  thickness: number;
  positiveColour: string;
  negativeColour: string;
};

export type ViewSettings = { mode: ViewMode; layers: Layers; outlines: Outlines };

/** What a pane shows besides the original: channels that add up as light, or hematoxylin as it looks on a slide. */
export type Inferred = Layers | 'hematoxylin';

/** What a press on the picture does. */
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
  layers: {
    marker: { isShown: true, low: 0, high: 255, colour: '#ff3b30' },
    dapi: { isShown: true, low: 0, high: 255, colour: '#3b6bff' },
    lap2: { isShown: false, low: 0, high: 255, colour: '#28d763' },
    hematoxylin: { isShown: false, low: 0, high: 255, colour: '#b7a4ff' },
  },
  outlines: { isShown: true, thickness: 2.5, positiveColour: '#ff9f1c', negativeColour: '#6f62ff' },
};

/** Names for people. */
export const LAYER_LABELS: Record<LayerName, string> = {
  marker: 'Marker',
  dapi: 'DAPI',
  lap2: 'Lap2',
  hematoxylin: 'Hematoxylin',
};
