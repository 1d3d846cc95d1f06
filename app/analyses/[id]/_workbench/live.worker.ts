import type { OutlinedNuclei } from '@/lib/client/exports/describe-nuclei';
import { fetchPicture } from './fetch-picture';
import { chooseFinder } from './find-bands';
import { createLiveCore, type LiveCore } from './live-core';
import type { AnswerOf, ArgumentOf, LiveReply, LiveRequest, LoadMaps } from './protocol';

/** The worker's side of `self`, without a second set of global types. */
type Port = {
  onmessage: ((event: MessageEvent<LiveRequest>) => void) | null;
  postMessage: (reply: LiveReply) => void;
};
const port = self as unknown as Port;

/** A sketch pays while it covers less than this share of the image. */
const LARGEST_SKETCH = 0.5;

let core: LiveCore | null = null;
let imagePx = 0;
let newestScore = 0;
let sent: OutlinedNuclei | null = null;

port.onmessage = ({ data: request }) => {
  if (request.name === 'score') newestScore = request.id;
  answer(request).then(
    (value) => port.postMessage({ kind: 'answer', id: request.id, value }),
    (error) => port.postMessage({ kind: 'failure', id: request.id, problem: sentenceOf(error) }),
  );
};

async function answer(request: LiveRequest): Promise<unknown> {
  if (request.name === 'load') return load(request.argument);
  if (!core) throw new Error('The pictures are not loaded yet.');
  if (request.name === 'probe') return core.probe(request.argument);
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
  imagePx = image.width * image.height;
  const maps = { image, segmentation: seg, marker: markerMap };
  core = createLiveCore({ ...maps, micronsPerPixel }, chooseFinder(maps, micronsPerPixel));
  return core.histograms();
}

async function score(
  live: LiveCore,
  id: number,
  { parameters, view }: ArgumentOf<'score'>,
): Promise<AnswerOf<'score'>> {
  // Requests that wait behind this one are let in first: only the newest is worth computing.
  await pause(0);
  if (id !== newestScore) return null;
  const scoring = live.score(parameters, () => id === newestScore);
  // While the whole is under way elsewhere, or before it begins here: what is on the screen.
  if (!live.isSegmented(parameters) && view && areaOf(view) < LARGEST_SKETCH * imagePx)
    port.postMessage({ kind: 'sketch', id, sketch: live.sketch(parameters, view) });
  const whole = await scoring;
  if (!whole) return null;
  const { found, ...rest } = whole;
  const isKnown = found === sent;
  sent = found;
  return { ...rest, found: isKnown ? null : found };
}

const areaOf = ({ x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }) => (x1 - x0) * (y1 - y0);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sentenceOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
