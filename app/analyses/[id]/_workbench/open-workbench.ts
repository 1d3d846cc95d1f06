import { getAnalysis, updateScoring } from '@/lib/client/analyses';
import type { Analysis, PictureName } from '@/lib/contracts/analysis';
import { createLiveClient } from './live-client';
import { createPictureClient } from './picture-client';
import type { PictureSource } from './picture-protocol';
import type { Box } from './protocol';
import { createWorkbench, type WorkbenchStore } from './store';
import { followView, readView } from './view-url';

const PICTURES = {
  original: 'Original',
  marker: 'Marker',
  dapi: 'DAPI',
  lap2: 'Lap2',
  hematoxylin: 'Hema',
} as const satisfies Record<PictureSource, PictureName>;

/** A link is asked for anew when it has less than this left to live. */
const SPARE_MS = 60_000;

/** The store of one result, with the workers behind it; `open` starts them, and gives what ends them. */
export function openWorkbench(analysis: Analysis) {
  let sight: () => Box | null = () => null;
  const live = createLiveClient({
    onProgress: (fraction) => store.getState().actions.receiveProgress(fraction),
    onSketch: (sketch) => store.getState().actions.receiveSketch(sketch),
  });
  const store: WorkbenchStore = createWorkbench(
    analysis,
    {
      load: async () => {
        const { result } = await fresh(store);
        const pictures = result?.pictures ?? {};
        if (!pictures.Original || !pictures.Seg) throw new Error('This result has no pictures to compute from.');
        return live.load({
          original: pictures.Original.url,
          segmentation: pictures.Seg.url,
          marker: pictures.Marker?.url ?? null,
          micronsPerPixel: store.getState().micronsPerPixel,
        });
      },
      score: (parameters, intensity) => live.score({ parameters, intensity, view: sight() }),
      probe: live.probe,
      pixels: live.pixels,
      sight: () => sight(),
      save: updateScoring,
      newId: () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join(''),
    },
    readView(window.location.search),
  );
  const pictures = createPictureClient(
    async (source) => (await fresh(store)).result?.pictures[PICTURES[source]]?.url ?? null,
  );
  return {
    store,
    pictures,
    /** Where the workbench learns what is on the screen. */
    seeThrough: (look: () => Box | null) => {
      sight = look;
    },
    open: () => {
      void store.getState().actions.load();
      const unfollow = followView(store);
      return () => {
        unfollow();
        live.close();
        pictures.close();
      };
    },
  };
}

/** The analysis, with links that still work. */
async function fresh(store: WorkbenchStore): Promise<Analysis> {
  const { analysis, actions } = store.getState();
  if (Date.parse(analysis.urls_expire_at) - Date.now() > SPARE_MS) return analysis;
  const renewed = await getAnalysis(analysis.id);
  actions.receiveAnalysis(renewed);
  return renewed;
}
