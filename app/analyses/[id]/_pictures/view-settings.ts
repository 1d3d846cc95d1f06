import { INITIAL_LOOKS, type OutlineLooks } from '@/app/_viewer/stroke-outlines';
import { LAYER_NAMES, LAYERS, type LayerName } from './layers';

/** One fluorescence channel. Values up to `low` are black, from `high` on they have the full `colour`. */
export type Layer = { isShown: boolean; low: number; high: number; colour: string };
export type Layers = Record<LayerName, Layer>;

export const VIEW_MODES = ['original', 'inferred', 'hematoxylin', 'side', 'swipe'] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

export type Outlines = OutlineLooks & { isShown: boolean };

export type ViewSettings = { mode: ViewMode; layers: Layers; outlines: Outlines; heat: Heat };

export const HEATS = ['off', 'index', 'density'] as const;
/** Which heat map of the counted nuclei lies over the picture. */
export type Heat = (typeof HEATS)[number];

/** What a pane shows beside the original: fluorescence channels added up, or the hematoxylin picture. */
export type Inferred = Layers | 'hematoxylin';

/** The tools; the one in use decides what a press on the picture does. */
export const TOOLS = [
  'pan',
  'flip',
  'delete',
  'addPositive',
  'addNegative',
  'select',
  'split',
  'join',
  'regions',
  'rectangle',
  'ellipse',
  'polygon',
  'freehand',
  'brush',
  'erase',
  'teach',
  'teachAround',
] as const;
export type Tool = (typeof TOOLS)[number];

/** Keys with the focus on the picture. B is brown; + and - zoom. */
export const TOOL_KEYS: Readonly<Record<Tool, string>> = {
  ...{ pan: 'H', flip: 'F', delete: 'D', addPositive: 'B', addNegative: 'N', select: 'S', split: 'X', join: 'J' },
  ...{ regions: 'V', rectangle: 'R', ellipse: 'O', polygon: 'P', freehand: 'L', brush: 'A', erase: 'E' },
  ...{ teach: 'T', teachAround: 'G' },
};

export const toolOfKey = (key: string): Tool | undefined => TOOLS.find((tool) => TOOL_KEYS[tool] === key.toUpperCase());

export const INITIAL_VIEW: ViewSettings = {
  mode: 'original',
  layers: Object.fromEntries(
    LAYER_NAMES.map((name) => [
      name,
      { isShown: LAYERS[name].isShown, low: 0, high: 255, colour: LAYERS[name].colour },
    ]),
  ) as Layers,
  outlines: { isShown: true, ...INITIAL_LOOKS },
  heat: 'off',
};
