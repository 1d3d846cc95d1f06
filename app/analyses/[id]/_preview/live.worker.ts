import { serveCalls } from '@/app/_loading/worker-rpc';
import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { fetchPicture } from '../_pictures/fetch-picture';
import { chooseFinder } from './find-bands';
import { createLiveCore, type LiveCore } from './live-core';
import type { LiveCalls, LiveSketch, LoadMaps, LoadNews } from './live-protocol';

/** Time after an answer until the worker computes ahead. */
const IDLE_AFTER_MS = 200;

let core: LiveCore | null = null;
let newestScore = 0;
let sent: OutlinedNuclei | null = null;

const loaded = (): LiveCore => {
  if (!core) throw new Error('The pictures are not loaded yet.');
  return core;
};

serveCalls<LiveCalls>({
  load,
  score: (wanted, tell) => score(loaded(), wanted, tell),
  probe: (place) => loaded().probe(place),
  features: () => loaded().features(),
  pixels: () => loaded().pixels(),
});

async function load(
  { original, segmentation, marker, micronsPerPixel }: LoadMaps,
  tell: (news: LoadNews, moved?: Transferable[]) => void,
) {
  const done = marker === null ? [0, 0] : [0, 0, 0];
  const take = (place: number, url: string, channels: 1 | 3) =>
    fetchPicture(url, channels, (fraction) => {
      done[place] = fraction;
      tell({ loaded: done.reduce((sum, part) => sum + part, 0) / done.length });
    });
  // It comes alone, since a page has something to show once it is there.
  const image = await take(0, original, 3);
  const copy = { ...image, data: image.data.slice() };
  tell({ original: copy }, [copy.data.buffer]);
  const [seg, markerMap] = await Promise.all([take(1, segmentation, 3), marker === null ? null : take(2, marker, 1)]);
  const maps = { image, segmentation: seg, marker: markerMap };
  core = createLiveCore({ ...maps, micronsPerPixel }, chooseFinder(maps, micronsPerPixel));
  return core.histograms();
}

async function score(
  live: LiveCore,
  { parameters, view }: LiveCalls['score']['argument'],
  tell: (sketch: LiveSketch) => void,
): Promise<LiveCalls['score']['answer']> {
  const turn = ++newestScore;
  const isNewest = () => turn === newestScore;
  // Waiting requests are received first, since only the newest one is computed.
  await pause(0);
  if (!isNewest()) return null;
  if (!live.isSegmented(parameters)) {
    const bins = live.estimate(parameters);
    tell({ bins, outlines: null });
    if (view) tell({ bins, outlines: live.sketch(parameters, view) });
    // While a slider moves, the sketch of its next position comes before the exact result of this one.
    await pause(0);
  }
  const whole = await live.score(parameters, isNewest);
  if (!whole) return null;
  void computeAhead(live, isNewest);
  const { found, ...rest } = whole;
  const isKnown = found === sent;
  sent = found;
  return { ...rest, found: isKnown ? null : found };
}

async function computeAhead(live: LiveCore, isIdle: () => boolean) {
  do await pause(IDLE_AFTER_MS);
  while (isIdle() && (await live.computeAhead(isIdle)));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
