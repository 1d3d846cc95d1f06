import { loadClipping } from '@/app/_annotate/editing/clipping';
import { createAttempts } from '@/app/_loading/attempts';
import { PassingFailure } from '@/app/_loading/failures';
import { t } from '@/app/_text/t';
import { deleteDraft, getAnalysis, updateScoring } from '@/lib/client/analyses';
import { markMoment } from '@/lib/client/moments';
import type { Analysis, PictureName } from '@/lib/contracts/analysis';
import { MODALITY_TABLE } from '@/lib/models/modalities';
import { createPictureClient } from '../_pictures/picture-client';
import type { PictureSource } from '../_pictures/picture-protocol';
import { createLiveClient, type LiveClient } from '../_preview/live-client';
import type { Box } from '../_preview/live-protocol';
import { browserStorage, dropDraft, findDraft, findFeedback } from './drafts';
import { readHeadline, storeHeadline } from './headline';
import { keepDrafts } from './keep-drafts';
import { createRegionEditor } from './region-editor';
import { createResultStore, isUpToDate, type ResultStore } from './result-store';
import { followView, readView } from './view-url';
import { watchOthers } from './watch-others';

const nameOf = (source: PictureSource): PictureName =>
  source === 'original' ? 'Original' : MODALITY_TABLE[source].picture;

/** A link that expires within this time is renewed. */
const SPARE_MS = 60_000;

/** The store of one result and its workers. `open` starts them and returns a function that ends them. */
export function openResult(analysis: Analysis) {
  let sight: () => Box | null = () => null;
  const attempts = createAttempts((name, trouble) => {
    // An expired link and a deleted analysis fail in the same way, so the server is asked after any failure.
    if (trouble) links.doubt();
    store.getState().actions.receiveTrouble(name, trouble);
  });
  const live = createLiveClient({
    onProgress: (fraction) => store.getState().actions.receiveProgress(fraction),
    onOriginal: (original) => pictures.offerOriginal(original),
    onSketch: (sketch) => store.getState().actions.receiveSketch(sketch),
  });
  const store: ResultStore = createResultStore(
    analysis,
    {
      // Whoever waits for the original fetches it without the live worker, where that one fails.
      load: () =>
        attempts.run('preview', () => loadMaps(live, links, store).finally(() => pictures.offerOriginal(null))),
      score: (parameters) => live.score({ parameters, view: sight() }),
      probe: live.probe,
      features: live.features,
      pixels: live.pixels,
      sight: () => sight(),
      retry: attempts.retryNow,
      save: updateScoring,
      read: getAnalysis,
      dropDraft: (id) => {
        dropDraft(browserStorage(), id);
        // A draft that stays on the server is found and offered the next time.
        deleteDraft(id).catch(() => undefined);
      },
      keepHeadline: (headline) => storeHeadline(browserStorage(), headline),
      reopen: () => window.location.reload(),
      newId: () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join(''),
    },
    readView(window.location.search),
    findDraft(browserStorage(), analysis),
    findFeedback(browserStorage(), analysis),
    readHeadline(browserStorage()),
  );
  const links = followLinks(store);
  const regions = createRegionEditor(store, () => attempts.run('region tools', loadTools));
  const pictures = createPictureClient(
    async (source) => (await links.fresh()).result?.pictures[nameOf(source)]?.url ?? null,
    attempts,
  );
  return {
    store,
    pictures,
    editor: regions.editor,
    /** Sets how the store asks for the part on the screen. */
    watchView: (look: () => Box | null) => {
      sight = look;
    },
    open: () => {
      void store.getState().actions.load();
      markMoment('number');
      const markLive = store.subscribe((state) => isUpToDate(state) && markMoment('live'));
      const ends = [followView(store), keepDrafts(store), watchOthers(store), regions.follow(), markLive];
      return () => {
        for (const end of ends) end();
        attempts.close();
        live.close();
        pictures.close();
      };
    },
  };
}

async function loadTools(): Promise<void> {
  await loadClipping().catch((cause: unknown) => {
    throw new PassingFailure(t('The tools for regions could not be loaded.'), { cause });
  });
}

async function loadMaps(live: LiveClient, links: Links, store: ResultStore) {
  const { result } = await links.fresh();
  const pictures = result?.pictures ?? {};
  if (!pictures.Original || !pictures.Seg) throw new Error(t('This result has no pictures to compute from.'));
  return live.load({
    original: pictures.Original.url,
    segmentation: pictures.Seg.url,
    marker: pictures.Marker?.url ?? null,
    micronsPerPixel: store.getState().micronsPerPixel,
  });
}

type Links = ReturnType<typeof followLinks>;

/** The analysis with links that work. They are renewed when they are old or one has failed, by one request for all callers. */
function followLinks(store: ResultStore) {
  let isDoubtful = false;
  let renewal: Promise<Analysis> | null = null;
  const renew = async (): Promise<Analysis> => {
    const { analysis, actions } = store.getState();
    const renewed = await getAnalysis(analysis.id);
    isDoubtful = false;
    actions.receiveAnalysis(renewed);
    return renewed;
  };
  return {
    doubt: () => {
      isDoubtful = true;
    },
    async fresh(): Promise<Analysis> {
      const { analysis } = store.getState();
      const isOld = Date.parse(analysis.urls_expire_at) - Date.now() <= SPARE_MS;
      if (!isOld && !isDoubtful) return analysis;
      renewal ??= renew().finally(() => {
        renewal = null;
      });
      return renewal;
    },
  };
}
