import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
// In this folder, since it runs the network: files of `app` share a process.
import { OUTLINE_COLOURS } from '@/app/_viewer/stroke-outlines';
import { LAYERS } from '@/app/analyses/[id]/_pictures/layers';
import { INITIAL_VIEW } from '@/app/analyses/[id]/_pictures/view-settings';
import { drawOutlines } from '@/app/analyses/[id]/_viewer/draw-outlines';
import { contrastOf, LEAST_CONTRAST, LEAST_SHARE, type Picture, type Ring } from '@/e2e/pages/outline-contrast';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { composeTile } from '@/lib/imaging/tiles/compose-tile';
import { SAMPLES } from '@/lib/samples';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { type OutlinedNuclei, outlineNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { resetEnvForTests } from '@/lib/server/env';
import { analyseImage } from './analyse-image';
import { startEngine, stopEngine } from './engine';

/** Side of the part of a picture, in µm at most, and in pixels. */
const PART = { um: 160, px: 480 };
/** A picture of 1024 pixels that is fitted into the stage of a window of 1440 x 900 pixels, and one to one. */
const ZOOMS = { fit: 0.78, '1:1': 1 };

beforeAll(async () => {
  process.env.MODELS_DIR = 'models';
  resetEnvForTests();
  await startEngine();
});
afterAll(stopEngine);

/** A path as SVG writes it. */
class SvgPath {
  d = '';
  moveTo = (x: number, y: number) => {
    this.d += `M${x} ${y}`;
  };
  lineTo = (x: number, y: number) => {
    this.d += `L${x} ${y}`;
  };
}
vi.stubGlobal('Path2D', SvgPath);

/** A canvas context that writes SVG. */
function svgPen() {
  const drawn: string[] = [];
  let dash = '';
  const pen = {
    lineWidth: 0,
    strokeStyle: '',
    fillStyle: '',
    lineJoin: 'miter',
    globalAlpha: 1,
    save: () => undefined,
    restore: () => undefined,
    setTransform: () => undefined,
    setLineDash: (lengths: number[]) => {
      dash = lengths.join(' ');
    },
    fill: ({ d }: SvgPath) => drawn.push(`<path d="${d}" fill="${pen.fillStyle}" fill-opacity="${pen.globalAlpha}"/>`),
    stroke: ({ d }: SvgPath) =>
      drawn.push(
        `<path d="${d}" fill="none" stroke="${pen.strokeStyle}" stroke-width="${pen.lineWidth}" stroke-opacity="${pen.globalAlpha}" stroke-linejoin="${pen.lineJoin}" stroke-dasharray="${dash}"/>`,
      ),
  };
  return { pen, drawn };
}

async function readPart(file: string, side: number): Promise<Raster> {
  const { width = 0, height = 0 } = await sharp(file).metadata();
  const box = { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side };
  const image = sharedRaster(side, side, 3);
  image.data.set(await sharp(file).extract(box).removeAlpha().raw().toBuffer());
  return image;
}

const ringsOf = ({ count, contourOffsets, contourPoints }: OutlinedNuclei): Ring[] =>
  Array.from({ length: count }, (_, k) => {
    const ring: Ring = [];
    for (let i = contourOffsets[k]!; i < contourOffsets[k + 1]!; i += 2)
      ring.push([contourPoints[i]! + 0.5, contourPoints[i + 1]! + 0.5]);
    return ring.concat(ring.slice(0, 1));
  });

/** The nuclei of the middle of a picture, and what they are drawn on: the picture, and the inferred one as the page shows it at first. */
async function findNuclei(file: string, micronsPerPixel: number) {
  const image = await readPart(file, Math.min(PART.px, Math.round(PART.um / micronsPerPixel)));
  const { modalities, defaults } = await analyseImage(
    {
      ...{ image, micronsPerPixel, overlay: false, refined: false, scoring: null },
      modalities: ['segmentation', 'marker', 'dapi'],
    },
    { signal: new AbortController().signal },
  );
  const { segmentation, marker, dapi } = modalities as Record<'segmentation' | 'marker' | 'dapi', Raster>;
  const { algorithm, probThresh } = defaults;
  const table = segmentNuclei({ image, segmentation, marker: null }, { algorithm, probThresh, micronsPerPixel });
  const gated = gateNuclei(table, resolveGates(table, null, defaults, micronsPerPixel));
  const layer = (name: 'marker' | 'dapi') => ({ colour: LAYERS[name].colour, low: 0, high: 255 });
  const shown = [
    { plane: marker, layer: layer('marker') },
    { plane: dapi, layer: layer('dapi') },
  ];
  const { width, height } = image;
  const inferred = composeTile(shown, { x: 0, y: 0, width, height });
  return {
    found: outlineNuclei(table),
    gated,
    grounds: {
      original: sharp(image.data, { raw: { width, height, channels: 3 } }),
      inferred: sharp(Buffer.from(inferred.buffer), { raw: { width, height, channels: 4 } }).removeAlpha(),
    },
    side: width,
  };
}

type OutlineColours = (typeof OUTLINE_COLOURS)[number]['colours'];

async function toPicture(image: Sharp): Promise<Picture> {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Measures the nuclei of pictures by where they are drawn, and asks each group for its share. */
async function expectSeen(pictures: readonly { file: string; micronsPerPixel: number }[], colours: OutlineColours) {
  const all: Record<string, number[]> = {};
  for (const { file, micronsPerPixel } of pictures) {
    const { found, gated, grounds, side } = await nucleiOf(file, micronsPerPixel);
    for (const [zoomName, zoom] of Object.entries(ZOOMS)) {
      const size = Math.round(side * zoom);
      const { pen, drawn } = svgPen();
      const placement = { scale: zoom, offsetX: 0, offsetY: 0, width: size, height: size };
      drawOutlines(pen as never, { found, gated }, placement, { ...INITIAL_VIEW.outlines, ...colours }, 1);
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><g transform="scale(${zoom})">${drawn.join('')}</g></svg>`;
      for (const [ground, image] of Object.entries(grounds)) {
        const plain = await toPicture(image.clone().resize(size, size));
        const raw = { width: size, height: size, channels: 3 } as const;
        const over = await toPicture(sharp(plain.data, { raw }).composite([{ input: Buffer.from(svg) }]));
        const where = `${ground}, ${zoomName}`;
        const contrasts = ringsOf(found)
          .filter((_, k) => gated.kept[k] === 1)
          .flatMap((ring) => contrastOf(ring, over, plain, { scale: zoom, x: 0, y: 0 }) ?? []);
        all[where] = [...(all[where] ?? []), ...contrasts];
      }
    }
  }
  for (const [where, contrasts] of Object.entries(all)) {
    const share = contrasts.filter((value) => value >= LEAST_CONTRAST).length / contrasts.length;
    console.log(`${where}: ${(100 * share).toFixed(1)} % of ${contrasts.length} nuclei`);
    expect(contrasts.length, where).toBeGreaterThan(500);
    expect(share, where).toBeGreaterThanOrEqual(LEAST_SHARE);
  }
}

const partsOf = (samples: typeof SAMPLES) =>
  samples.map(({ file, micronsPerPixel }) => ({ file: join('public/samples', file), micronsPerPixel }));

test.each(OUTLINE_COLOURS)(
  '$name: 99 of 100 nuclei of some samples stand out, on both pictures and at both zooms',
  { timeout: 240_000 },
  ({ colours }) => expectSeen(partsOf(SAMPLES.filter((_, n) => n % 4 === 0)), colours),
);

test.each(OUTLINE_COLOURS)('$name: the same of all samples', { tags: ['long'], timeout: 240_000 }, ({ colours }) =>
  expectSeen(partsOf(SAMPLES), colours),
);

const SHARED = join(process.env.RESTAIN_SHARED ?? '../shared', 'data');
const hasShared = existsSync(SHARED);
if (!hasShared)
  console.log(`No labelled pictures in ${SHARED}: set RESTAIN_SHARED. Outlines are not measured on them.`);

test.skipIf(!hasShared).each(OUTLINE_COLOURS)(
  '$name: the same of all labelled pictures',
  { tags: ['long'], timeout: 900_000 },
  ({ colours }) => {
    const sets = readdirSync(SHARED).filter((name) => /^(he|ki67|cd138)-/.test(name));
    const folders = sets.flatMap((set) => readdirSync(join(SHARED, set)).map((name) => join(SHARED, set, name)));
    const files = folders.flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (name.startsWith('image.') ? [join(folder, name)] : [])),
    );
    return expectSeen(
      files.map((file) => ({ file, micronsPerPixel: 0.25 })),
      colours,
    );
  },
);

const known = new Map<string, ReturnType<typeof findNuclei>>();
/** Found once for all colours. */
function nucleiOf(file: string, micronsPerPixel: number) {
  const nuclei = known.get(file) ?? findNuclei(file, micronsPerPixel);
  known.set(file, nuclei);
  return nuclei;
}
