import 'server-only';
import { MAX_MODALITY_PIXELS, MODALITIES_FILE, type SlideExportOptions } from '@/lib/contracts/slide-exports';
import { AppError } from '@/lib/errors';
import { OME_HEAD_BYTES, type OmePage, omeFrame, type PyramidImage } from '@/lib/exchange/ome-pyramid';
import type { Raster } from '@/lib/imaging/raster';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { boundsOf } from '@/lib/scoring/slide/zones';
import { currentClient } from '@/lib/server/current-client';
import { startEngine } from '@/lib/server/inference/engine';
import { SOFTWARE } from '@/lib/server/inference/software';
import { FairLine } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import { makeTempFolder, type TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { TileFile } from '@/lib/server/slides/pyramid/tile-file';
import { keysOf } from '@/lib/server/slides/record';
import { inferModalities } from '@/lib/server/slides/scoring/infer-modalities';
import { slideFacts } from '@/lib/server/slides/scoring/slide-facts';
import { SlidePixels } from '@/lib/server/slides/scoring/slide-pixels';
import { assertThere } from '@/lib/server/slides/stored-slide';
import { writePages } from './pyramid-pages';
import type { SlideMaterial } from './slide-material';

/** One region at a time is in memory, see `MAX_MODALITY_PIXELS`. */
const LINE = { places: 1, waiting: 8, what: 'regions wait for their modalities', retrySeconds: 30 };
const READ_BYTES = 2 ** 20;

type Colour = readonly [red: number, green: number, blue: number];
/** The colours of the result page. */
const COLOURS: Partial<Record<Modality, Colour>> = {
  ...{ dapi: [59, 107, 255], lap2: [40, 215, 99], marker: [255, 59, 48] },
};
/** What the channels of the segmentation are. */
const SEGMENTATION: readonly { name: string; colour: Colour }[] = [
  { name: 'positive', colour: [255, 0, 0] },
  { name: 'boundary', colour: [0, 255, 0] },
  { name: 'negative', colour: [0, 0, 255] },
];

/**
 * Infers the modalities of a region of a slide and writes them as a pyramidal OME-TIFF. Two images: all that has one channel,
 * as fluorescence would be shown, and the hematoxylin in colours.
 *
 * @throws AppError `invalid_option` for a region that there is not, or that is too large; `storage_full`, `queue_full`,
 *   `slide_not_found`, `storage_unavailable`
 */
export async function writeModalities(
  material: SlideMaterial,
  options: SlideExportOptions,
  signal: AbortSignal,
): Promise<{ bytes: number; body: AsyncGenerator<Uint8Array> }> {
  const region = regionOf(material, options);
  const line = processWide('modality-line', () => new FairLine(LINE));
  const place = await line.enter({ client: currentClient() });
  try {
    const folder = await makeTempFolder();
    try {
      return await write(material, region, folder, signal);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  } finally {
    place.leave();
  }
}

/** In whole pixels of the slide. */
export function regionOf(
  { annotations, current }: Pick<SlideMaterial, 'annotations' | 'current'>,
  { region, annotation }: SlideExportOptions,
): TileRegion {
  const { width, height } = current.plan.slide;
  if ((region === undefined) === (annotation === undefined))
    throw refusal('region', `${MODALITIES_FILE} needs \`region\` or \`annotation\`, and not both`);
  const wanted = region ?? boxOf(annotations, annotation as string);
  const inside = intersect(wanted, { x: 0, y: 0, width, height });
  if (!inside || (region && (inside.width !== region.width || inside.height !== region.height)))
    throw refusal(
      region ? 'region' : 'annotation',
      `it must lie on the slide, which has ${width} x ${height} px; it is ${placeText(wanted)}`,
    );
  const pixels = inside.width * inside.height;
  if (pixels > MAX_MODALITY_PIXELS)
    throw refusal(
      region ? 'region' : 'annotation',
      `at most ${MAX_MODALITY_PIXELS / 1e6} megapixels at once; it has ${inside.width} x ${inside.height}, which is ${(pixels / 1e6).toFixed(1)}`,
    );
  return inside;
}

function boxOf(annotations: SlideMaterial['annotations'], id: string): TileRegion {
  const found = annotations.find((one) => one.id === id);
  if (!found) throw refusal('annotation', 'the slide has no annotation of this id');
  const { left, top, right, bottom } = boundsOf(found.polygons);
  const [x, y] = [Math.floor(left), Math.floor(top)];
  return { x, y, width: Math.max(1, Math.ceil(right) - x), height: Math.max(1, Math.ceil(bottom) - y) };
}

const refusal = (name: string, detail: string) =>
  new AppError('invalid_option', `${name}: ${detail}.`, { fields: [{ pointer: `/${name}`, detail }] });

const placeText = ({ x, y, width, height }: TileRegion) => `${width} x ${height} px at ${x}, ${y}`;

async function write(material: SlideMaterial, region: TileRegion, folder: TempFolder, signal: AbortSignal) {
  const { folderId, current } = material;
  const { plan, description } = current;
  const keys = keysOf(folderId);
  const pixels = await SlidePixels.open(keys.pyramid, description.bytes, signal);
  const facts = await slideFacts(keys.facts(plan.mapKey), plan, pixels, signal);
  // What was measured of a slide that is deleted meanwhile goes, too.
  await assertThere(folderId);
  const { pool } = await startEngine();
  const work = { plan, pixels, facts, signal, folder: keys.maps(plan.mapKey), threads: pool.places };
  const { pictures, damagedTiles } = await inferModalities({ ...work, client: `modalities ${folderId}` }, region);
  const target = await TileFile.create(`${folder.files}/tiles`);
  try {
    const samples = [...pictures.values()].reduce((sum, { channels }) => sum + channels, 0);
    // All levels together have at most a third more pixels than the first; what cannot be compressed grows by less than a hundredth.
    const room = Math.ceil(1.4 * samples * region.width * region.height);
    const images = await withRoom(folder.files, room, 'To write the modalities of this region', () =>
      writeImages(pictures, { target, region, micronsPerPixel: plan.micronsPerPixel, signal }),
    );
    const { manifest } = plan.model;
    const { head, tail } = omeFrame(images, OME_HEAD_BYTES + target.bytes, {
      ...{ coordinates: 'slide', region: [region.x, region.y, region.width, region.height].join(',') },
      ...{ slide: `${plan.slide.width} x ${plan.slide.height} px`, micronsPerPixel: plan.micronsPerPixel },
      ...{ model: `${manifest.name}@${manifest.version}`, modelSha256: manifest.sha256 },
      networkMicronsPerPixel: manifest.micronsPerPixel,
      ...{ software: `Restain ${SOFTWARE}`, ...(damagedTiles > 0 && { damagedTiles }) },
    });
    const bytes = head.length + target.bytes + tail.length;
    return { bytes, body: sendFile(head, target, tail, folder) };
  } catch (error) {
    await target.close();
    throw error;
  }
}

type Target = { target: TileFile; region: TileRegion; micronsPerPixel: number; signal: AbortSignal };

async function writeImages(
  pictures: ReadonlyMap<Modality, Raster>,
  { target, region, micronsPerPixel, signal }: Target,
): Promise<PyramidImage[]> {
  const single: OmePage[] = [];
  const coloured: PyramidImage[] = [];
  const { width, height } = region;
  const shared = { width, height, micronsPerPixel, place: { x: region.x, y: region.y } };
  for (const [modality, picture] of pictures) {
    const { title } = MODALITY_TABLE[modality];
    const isSplit = modality === 'segmentation';
    const pages = await writePages(picture, isSplit, target, signal);
    const names = isSplit ? SEGMENTATION : [{ name: null, colour: COLOURS[modality] }];
    const described = names.map(
      ({ name, colour }, i): OmePage => ({
        name: name === null ? title : `${title}: ${name}`,
        samples: isSplit ? 1 : picture.channels,
        levels: pages[i] ?? [],
        ...(colour && { colour }),
      }),
    );
    if (isSplit || picture.channels === 1) single.push(...described);
    else coloured.push({ ...shared, name: title, pages: described });
  }
  return [...(single.length > 0 ? [{ ...shared, name: 'Inferred modalities', pages: single }] : []), ...coloured];
}

async function* sendFile(head: Uint8Array, tiles: TileFile, tail: Uint8Array, folder: TempFolder) {
  try {
    yield head;
    for (let at = 0; at < tiles.bytes; at += READ_BYTES)
      yield new Uint8Array(await tiles.read(at, Math.min(READ_BYTES, tiles.bytes - at)));
    yield tail;
  } finally {
    await tiles.close();
    await folder.remove();
  }
}
