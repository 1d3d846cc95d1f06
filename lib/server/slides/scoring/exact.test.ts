import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { drawField } from '@/e2e/bench/fields.mjs';
import { SlideDescription } from '@/lib/contracts/slide';
import { joinCells } from '@/lib/exchange/slide-nuclei';
import { joinMaps } from '@/lib/imaging/tiles/map-planes';
import { classifyNuclei, type NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { TUMOUR } from '@/lib/scoring/classify/kinds';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { tellSlide } from '@/lib/scoring/slide/slide-kinds';
import { KIND_COLUMNS } from '@/lib/scoring/slide/slide-nuclei';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { startEngine } from '@/lib/server/inference/engine';
import { readJson } from '@/lib/server/runs/stored-json';
import { keysOf } from '@/lib/server/slides/record';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { keepPicture, readCells, scored, scoresOf } from './__fixtures__/scoring-site';
import { SharedPool } from './shared-pool';
import { slideFacts } from './slide-facts';
import { SlideMaps } from './slide-maps';
import { SlidePixels } from './slide-pixels';
import { planSlide } from './slide-plan';

runSite({ MODELS_DIR: 'models', DEFAULT_MODEL: 'restain-ihc', INFERENCE_PROVIDER: 'cpu' });
afterEach(() => getStorage().delete('slides/'));

/** Just over a cell at 0.25 µm per pixel, so that four cells meet in the drawn field. */
const [WIDTH, HEIGHT] = [4150, 4027];
const CELL = 3584;

async function drawSlideOf(side: number) {
  const drawn = sharp(await drawField(side)).extract({ left: 0, top: 0, width: WIDTH, height: HEIGHT });
  const { data } = await drawn.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: WIDTH, height: HEIGHT, pixels: data };
}

async function filesOf(viewId: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const { allNuclei, folder } = keysOf(viewId);
  for await (const { key } of getStorage().list(allNuclei))
    files.set(key.slice(folder.length), (await readObject(getStorage(), key)) ?? Buffer.alloc(0));
  return files;
}

it('regions of a slide by the model that ships have the nuclei of the slide in one piece', {
  tags: ['long'],
  timeout: 1_800_000,
}, async () => {
  const picture = await drawSlideOf(Math.max(WIDTH, HEIGHT));
  const whole = await keepPicture(picture, {}, 0.25);
  await scored(whole.id, { kind: 'slide' });
  const expected = await filesOf(whole.view_id);
  expect(expected.size).toBe(4);

  // In parts, the corner first; in between everything else is lost.
  const parts = await keepPicture(picture, {}, 0.25);
  await scored(parts.id, { kind: 'rectangle', x: CELL + 100, y: CELL + 100, width: 50, height: 50 });
  await getStorage().delete(`${keysOf(parts.view_id).folder}maps/`);
  await scored(parts.id, { kind: 'rectangle', x: CELL - 1, y: 0, width: 2, height: 1 });
  await scored(parts.id, { kind: 'slide' });
  const files = await filesOf(parts.view_id);
  expect([...files.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, bytes] of expected) expect(files.get(name)?.equals(bytes), name).toBe(true);

  // The same as the nuclei of all maps in one picture, where no cluster is cut.
  const keys = keysOf(whole.view_id);
  const description = SlideDescription.parse(await readJson(keys.slide, SlideDescription));
  const engine = await startEngine();
  const plan = planSlide(description, 0.25, engine.modelRef('restain-ihc'));
  const { signal } = new AbortController();
  const pixels = await SlidePixels.open(keys.pyramid, description.bytes, signal);
  const facts = await slideFacts(keys.facts(plan.mapKey), plan, pixels, signal);
  const work = { plan, pixels, facts, folder: keys.maps(plan.mapKey), scoring: 'test', threads: 1 };
  const region = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  const { segmentation, marker } = await new SlideMaps({ ...work, memory: new SharedPool(), signal }).lend(
    region,
    async (part) => joinMaps(part),
  );
  const { picture: image } = await pixels.read(region);
  const { probThresh } = plan.model.manifest.defaults;
  const table = segmentNuclei(
    { image, segmentation, marker },
    { algorithm: 'watershed', probThresh, micronsPerPixel: 0.25 },
  );
  const found = joinCells((await readCells(whole.id)).cells, 'watershed');
  expect(found.count).toBeGreaterThan(5000);
  const listed = (nuclei: typeof found | typeof table) =>
    Array.from({ length: nuclei.count }, (_, k) =>
      [
        Math.round((nuclei.centroidX[k] as number) * 256),
        Math.round((nuclei.centroidY[k] as number) * 256),
        ...[nuclei.areaPx[k], nuclei.positive[k], nuclei.markerMax[k], nuclei.markerMean[k], nuclei.odMean[k]],
        ...KIND_COLUMNS.map((name) => ('kindColumns' in nuclei ? nuclei.kindColumns : nuclei)?.[name][k]),
      ].join(' '),
    ).sort();
  expect(listed(found)).toEqual(listed(table));
  // So are kinds, but for centroids in steps of 1 / 256 px.
  const field = { width: WIDTH, height: HEIGHT, micronsPerPixel: 0.25 };
  const tumourOf = (kinds: NucleusKinds | null) => kinds?.kind.filter((kind) => kind === TUMOUR).length ?? 0;
  const [onSlide, onPicture] = [tumourOf(tellSlide(found, field, null)), tumourOf(classifyNuclei(table, field))];
  expect(Math.abs(onSlide - onPicture)).toBeLessThanOrEqual(found.count / 1000);
  expect(onSlide).toBeGreaterThan(0);
  expect((await scoresOf(whole.id)).slide.tumour).toMatchObject({ made_by: 'prior' });
});
