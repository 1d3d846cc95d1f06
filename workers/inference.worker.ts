import { workerData } from 'node:worker_threads';
import { AppError, type ErrorData } from '@/lib/errors';
import { writeLists } from '@/lib/exchange/cells';
import { measureCell } from '@/lib/exchange/measure-cell';
import { lookIn } from '@/lib/exchange/merge-looks';
import { madeBy } from '@/lib/exchange/score-summary';
import { placeOf, raster } from '@/lib/imaging/raster';
import { joinMaps, planesOf, splitPlanes } from '@/lib/imaging/tiles/map-planes';
import { pasteTiles } from '@/lib/imaging/tiles/picture-tiles';
import { tissueOfPicture } from '@/lib/imaging/tissue/tissue-of-picture';
import { inferTile as runTile, warmUp } from '@/lib/inference/infer-tile';
import { describePicture as describeWhole } from '@/lib/inference/picture-facts';
import type { Session } from '@/lib/inference/session';
import { drawOverlay, drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { sketchNuclei } from '@/lib/scoring/draw/sketch-nuclei';
import { findBand as findNucleiOfBand, joinSegmented } from '@/lib/scoring/find/band-nuclei';
import { scoreImage } from '@/lib/scoring/score-image';
import { listNuclei } from './list-nuclei';
import { lookAtScale as lookInto } from './look-at-scale';
import { openSession, type SessionOptions } from './onnx-session';
import { packPlanes, unpackPlanes } from './pack-planes';
import type * as protocol from './protocol';
import type { ModelRef, Task, TaskReply } from './protocol';
import { listFoundCells, reportCells } from './report-cells';
import { toShared } from './shared-bytes';

type Body<T> = T extends Task<infer Payload, infer Result> ? (payload: Payload) => Promise<Result> | Result : never;
type Entry<T> = T extends Task<infer Payload, infer Result> ? (payload: Payload) => Promise<TaskReply<Result>> : never;

const options = workerOptions();

function workerOptions(): SessionOptions {
  // piscina puts workerData into an array of its own.
  return Array.isArray(workerData) ? workerData.at(-1) : workerData;
}

/** Open sessions of this thread. After a failed load the next task tries again. */
const sessions = new Map<string, Promise<Session>>();

function sessionFor(model: ModelRef): Promise<Session> {
  const key = `${model.provider} ${model.manifest.sha256} ${model.folder}`;
  const known = sessions.get(key);
  if (known) return known;
  const opening = openSession(model, options);
  sessions.set(key, opening);
  opening.catch(() => sessions.delete(key));
  return opening;
}

/** Makes data of what a task throws. */
function entry<T extends Task<never, unknown>>(body: Body<T>): Entry<T> {
  const run = async (payload: never): Promise<TaskReply<unknown>> => {
    try {
      return { ok: true, value: await (body as (payload: never) => unknown)(payload) };
    } catch (thrown) {
      return { ok: false, error: toErrorData(thrown) };
    }
  };
  return run as Entry<T>;
}

function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof AppError) return { code: thrown.code, detail: thrown.detail };
  return { code: 'internal', detail: thrown instanceof Error ? thrown.message : String(thrown) };
}

export const openModel = entry<typeof protocol.openModel>(async ({ model }) => {
  const started = performance.now();
  await warmUp(await sessionFor(model));
  return { warmUpMs: performance.now() - started };
});

export const describePicture = entry<typeof protocol.describePicture>(({ image, manifest, gains }) =>
  describeWhole(image, manifest, gains),
);

export const inferTile = entry<typeof protocol.inferTile>(async ({ model, ...work }) =>
  runTile(await sessionFor(model), work),
);

export const lookAtScale = entry<typeof protocol.lookAtScale>(async ({ model, image, micronsPerPixel }) =>
  lookInto(await sessionFor(model), image, micronsPerPixel),
);

export const findBand = entry<typeof protocol.findBand>(({ scene, band, options }) =>
  findNucleiOfBand(scene, band, options),
);

// Threads that work on no slide do without its library.
export const decodeTiles = entry<typeof protocol.decodeTiles>(async (work) => {
  const { decodeAll } = await import('./decode-tiles');
  return decodeAll(work);
});

export const inferMaps = entry<typeof protocol.inferMaps>(async ({ model, planes, packed, tiles, ...work }) => {
  pasteTiles(work.image, tiles);
  const { width, height, x, y } = work.tile.writeRegion;
  const place = { ...placeOf(work.image), x, y };
  const pixels = width * height;
  const segmentation = { ...raster(new Uint8Array(3 * pixels), width, height, 3), place };
  const hasMarker = planes.length === planesOf(true) * pixels;
  const marker = hasMarker ? { ...raster(new Uint8Array(pixels), width, height, 1), place } : null;
  const outputs = { segmentation, ...(marker && { marker }) };
  await runTile(await sessionFor(model), { ...work, outputs });
  splitPlanes(segmentation, marker, planes);
  const bytes = packPlanes(planes);
  packed.set(bytes);
  return bytes.length;
});

export const unpackMaps = entry<typeof protocol.unpackMaps>(({ packed, planes }) => unpackPlanes(packed, planes));

export const findCell = entry<typeof protocol.findCell>(({ maps, tiles, search, rules, cell }) => {
  pasteTiles(search.image, tiles);
  const look = lookIn({ ...search, ...joinMaps(maps) }, rules, cell);
  return { ...look, bytes: toShared(look.bytes) };
});

export const measureCellMembranes = entry<typeof protocol.measureCellMembranes>(
  ({ looks, tiles, image, ...picture }) => {
    pasteTiles(image, tiles);
    const measured = measureCell(looks, { image, ...picture });
    if ('needed' in measured) return measured;
    return { nuclei: toShared(measured.nuclei), membranes: toShared(measured.membranes) };
  },
);

export const findTissue = entry<typeof protocol.findTissue>(({ picture, micronsPerPixel, slide, damaged }) =>
  tissueOfPicture(picture, micronsPerPixel, slide, damaged),
);

export const listCells = entry<typeof protocol.listCells>((work) => listFoundCells(work));

export const reportSlide = entry<typeof protocol.reportSlide>((work) => reportCells(work));

export const scoreNuclei = entry<typeof protocol.scoreNuclei>((work) => {
  const { scene, request, bands, overlay, refined, lists } = work;
  const found = bands ? joinSegmented(bands, scene.image) : undefined;
  const scored = scoreImage(scene, request, found);
  const { score, nuclei, counted } = scored;
  const sketch = overlay || refined ? sketchNuclei(nuclei.table(), counted) : null;
  if (sketch && overlay) drawOverlay(scene.image, sketch, overlay);
  if (sketch && refined) drawRefined(sketch, refined);
  const grading = { micronsPerPixel: scene.micronsPerPixel, intensity: score.summary.intensity };
  const listed =
    lists &&
    writeLists(listNuclei(scored, grading), scene.micronsPerPixel, { ...lists, kindsMadeBy: madeBy(score.taught) });
  return { score, lists: listed === null ? null : toShared(listed) };
});

// The libraries are large, and most threads write no document.
const documents = () => import('./write-documents');

export const writeDocument = entry<typeof protocol.writeDocument>(async (work) => {
  const { writeOne } = await documents();
  return toShared(await writeOne(work));
});

export const packDocuments = entry<typeof protocol.packDocuments>(async (work) => {
  const { packAll } = await documents();
  return (await packAll(work)).map((file) => ({ ...file, packed: toShared(file.packed) }));
});
