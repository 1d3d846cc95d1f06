import { type Place, readPlace, writePlace } from '@/lib/contracts/place';
import { LAYER_NAMES } from '../_pictures/layers';
import { HEATS, INITIAL_VIEW, type Layers, VIEW_MODES, type ViewSettings } from '../_pictures/view-settings';
import type { ResultStore } from './result-store';

/** The view that an address asks for: `?view=swipe&layers=marker,dapi&outlines=off&heat=index`. */
export function readView(search: string): ViewSettings {
  const query = new URLSearchParams(search);
  const layers = query.get('layers')?.split(',');
  return {
    ...INITIAL_VIEW,
    mode: VIEW_MODES.find((mode) => mode === query.get('view')) ?? INITIAL_VIEW.mode,
    layers: layers
      ? (Object.fromEntries(
          LAYER_NAMES.map((name) => [name, { ...INITIAL_VIEW.layers[name], isShown: layers.includes(name) }]),
        ) as Layers)
      : INITIAL_VIEW.layers,
    outlines: { ...INITIAL_VIEW.outlines, isShown: query.get('outlines') !== 'off' },
    heat: HEATS.find((heat) => heat === query.get('heat')) ?? INITIAL_VIEW.heat,
  };
}

/** The query of a view; defaults are left out. */
export function writeView({ mode, layers, outlines, heat }: ViewSettings): string {
  const parts: string[] = [];
  if (mode !== INITIAL_VIEW.mode) parts.push(`view=${mode}`);
  const isOther = LAYER_NAMES.some((name) => layers[name].isShown !== INITIAL_VIEW.layers[name].isShown);
  if (isOther) parts.push(`layers=${LAYER_NAMES.filter((name) => layers[name].isShown).join(',')}`);
  if (!outlines.isShown) parts.push('outlines=off');
  if (heat !== INITIAL_VIEW.heat) parts.push(`heat=${heat}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Writes the view into the address, without a new entry in the history, so that a copied link shows the same view. */
export function followView(store: ResultStore): () => void {
  return store.subscribe(({ view }, before) => {
    if (view === before.view) return;
    writeAddress(view, readPlace(window.location.search));
  });
}

/** The address of a view and of the place that it shows; null for all of the picture. */
export function writeAddress(view: ViewSettings, place: Place | null): void {
  const parts = [writeView(view), place ? writePlace(place) : ''].filter(Boolean).map((query) => query.slice(1));
  const search = parts.length === 0 ? '' : `?${parts.join('&')}`;
  if (search !== window.location.search) window.history.replaceState(null, '', window.location.pathname + search);
}
