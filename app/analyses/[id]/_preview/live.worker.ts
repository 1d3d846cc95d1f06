import type { OutlinedNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { toFailureReply } from '../_loading/failures';
import { refuseUnreadable } from '../_loading/start-worker';
import { fetchPicture } from '../_pictures/fetch-picture';
import { chooseFinder } from './find-bands';
import { createLiveCore, type LiveCore } from './live-core';
import type { AnswerOf, ArgumentOf, LiveReply, LiveRequest, LoadMaps } from './protocol';

/** The worker's side of `self`, without a second set of global types. */
type Port = {
  onmessage: ((event: MessageEvent<LiveRequest>) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage: (reply: LiveReply) => void;
};
const port = self as unknown as Port;
refuseUnreadable(port);

/** After an answer, before time is thought to be free. */
const IDLE_AFTER_MS = 200;

let core: LiveCore | null = null;
let newestScore = 0;
let sent: OutlinedNuclei | null = null;

port.onmessage = ({ data: request }) => {
  if (request.name === 'score') newestScore = request.id;
  answer(request).then(
    (value) => port.postMessage({ kind: 'answer', id: request.id, value }),
    (error) => port.postMessage({ kind: 'failure', id: request.id, ...toFailureReply(error) }),
  );
};

async function answer(request: LiveRequest): Promise<unknown> {
  if (request.name === 'load') return load(request.argument);
  if (!core) throw new Error('The pictures are not loaded yet.');
  if (request.name === 'probe') return core.probe(request.argument);
  if (request.name === 'pixels') return core.pixels();
  return score(core, request.id, request.argument);
}

async function load({ original, segmentation, marker, micronsPerPixel }: LoadMaps): Promise<AnswerOf<'load'>> {
  const done: number[] = [];
  const take = (url: string, channels: 1 | 3) => {
    const place = done.push(0) - 1;
    return fetchPicture(url, channels, (fraction) => {
      done[place] = fraction;
      port.postMessage({ kind: 'progress', fraction: done.reduce((sum, part) => sum + part, 0) / done.length });
    });
  };
  const [image, seg, markerMap] = await Promise.all([
    take(original, 3),
    take(segmentation, 3),
    marker === null ? null : take(marker, 1),
  ]);
  const maps = { image, segmentation: seg, marker: markerMap };
  core = createLiveCore({ ...maps, micronsPerPixel }, chooseFinder(maps, micronsPerPixel));
  return core.histograms();
}

async function score(
  live: LiveCore,
  id: number,
  { parameters, intensity, view }: ArgumentOf<'score'>,
): Promise<AnswerOf<'score'>> {
  const isNewest = () => id === newestScore;
  // Requests that wait behind this one are let in first: only the newest is worth computing.
  await pause(0);
  if (!isNewest()) return null;
  if (!live.isSegmented(parameters)) {
    const bins = live.estimate(parameters, intensity);
    port.postMessage({ kind: 'sketch', id, sketch: { bins, outlines: null } });
    if (view) port.postMessage({ kind: 'sketch', id, sketch: { bins, outlines: live.sketch(parameters, view) } });
    // While a slider moves on, its next sketch is worth more than the rest of this place.
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
