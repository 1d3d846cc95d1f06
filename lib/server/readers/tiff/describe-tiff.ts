import 'server-only';
import type { YccCoding } from '@/lib/imaging/colour/ycc';
import { type PixelSides, squareDoubts } from '@/lib/server/images/pixel-sides';
import { isRgbProfile, isSrgbProfile } from '@/lib/server/images/srgb-profile';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import {
  notBrightfield,
  type PixelSizeOrigin,
  Refusal,
  type StatedPixelSize,
  sidesOf,
  statedPixelSize,
} from '@/lib/server/readers/slide-source';
import type { Orientation } from '@/lib/server/readers/turned-slide';
import type { Warning } from '@/lib/warnings';
import { describeColour } from './tiff-colour';
import { findLayer, type TiffLayer } from './tiff-layers';
import {
  cameraRaw,
  choosePicture,
  hasShapeOf,
  listPictures,
  rawInTiff,
  type TiffPicture,
  type TiffPlace,
} from './tiff-pictures';
import { COMPRESSION, PHOTOMETRIC, readTiffPages, spanOf, TAG, type TiffPage } from './tiff-tags';

/** A level that the common reader can reach, and how to read it where the reader gets it wrong. */
export type TiffLevel = TiffPlace & { width: number; height: number; layer: TiffLayer | null };

/** What a TIFF is by its directories alone. */
export type TiffDescription = {
  /** For people: `TIFF`, or the scanner's or software's own kind of it. */
  name: string;
  /** What Bio-Formats must see the file's name end with to take it for that kind. */
  extension: string;
  /** Has channels, side images or planes that only Bio-Formats tells apart. */
  isMicroscope: boolean;
  /** Its picture is RGB, and the common reader can take it in need. */
  isRgbInNeed: boolean;
  /** Of a form that the common reader cannot decode, or gets wrong. */
  isRare: boolean;
  /** Bio-Formats hands out its samples as YCbCr in this coding. */
  ycc: YccCoding | null;
  /** Bytes that must say RGB for it to do so. */
  yccStatedAt: number[];
  /** How the stored picture is turned to be seen. */
  orientation: Orientation;
  /** Of the picture that is read, stored as it is; it may lie behind others. */
  picture: { width: number; height: number; directory: number; isFirst: boolean };
  /** Pages that readers get wrong. */
  layers: TiffLayer[];
  /** An ICC profile that changes something; none of scanners' formats, which viewers of slides leave out too. */
  profile: Buffer | null;
  /** CIE Lab samples, as the specification (8) or ICC (9) encodes them; Bio-Formats hands them out unconverted. */
  lab: 8 | 9 | null;
  /** What each sample beyond the colours is, by the numbers of ExtraSamples; none where it does not say. */
  extras: number[];
  /** The bytes in which that stands. */
  extrasAt: { start: number; end: number };
  pixelSize: StatedPixelSize | null;
  warnings: Warning[];
  magnification: number | null;
  /** Finest first; empty unless it is tiled 8-bit RGB, which can be read in parts. */
  levels: TiffLevel[];
  /** Why no reader may open it. */
  refusal: Refusal | null;
};

type Kind = { name: string; extension: string; isMicroscope: boolean };
const PLAIN: Kind = { name: 'TIFF', extension: 'tif', isMicroscope: false };
const kind = (name: string, extension: string): Kind => ({ name, extension, isMicroscope: true });

/** Three channels without names, which a person may call red, green and blue. */
const IMAGEJ_CHANNELS = kind('ImageJ TIFF', 'tif');

/** TIFF's own numbers: none, CCITT (3), LZW, old and new JPEG, Deflate, PackBits, Deflate again, WebP. */
const COMMON_COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 50001];
/** ResolutionUnit: inch, centimetre; 1 states no unit. */
const MICRONS_PER_RESOLUTION_UNIT: Partial<Record<number, number>> = { 2: 25_400, 3: 10_000 };
/** Classic TIFF counts to 4 GiB; NDPI goes on and lets its offsets wrap. */
const CLASSIC_TIFF_BYTES = 2 ** 32;
/** Of so many pages at most the parts are looked at: a pyramid has a dozen. */
const MAX_LAYERS = 64;

/** @returns null when it is no TIFF, or one without a directory. */
export async function describeTiff(file: RandomAccess): Promise<TiffDescription | null> {
  const pages = await readTiffPages(file);
  const first = pages?.[0];
  if (!pages || !first) return null;
  const description = await first.text(TAG.description);
  const found = await kindOf(file, first, description);
  const pictures = await listPictures(pages);
  // A microscope's software marks its pages in its own ways, which Bio-Formats knows.
  const picture = found.isMicroscope ? (pictures[0] ?? null) : choosePicture(pictures);
  const page = picture?.tiff ?? first;
  const compression = await page.number(TAG.compression, 1);
  const photometric = await page.number(TAG.photometric, 1);
  const isTiledPlanar = page.has(TAG.tileOffsets) && (await page.number(TAG.planarConfiguration, 1)) === 2;
  const isUnknown = !COMMON_COMPRESSIONS.includes(compression) || isTiledPlanar;
  // A scan in NDPI is one stream of gigapixels, which only its own reader enters in the middle.
  const isNdpi = found.name === 'Hamamatsu NDPI';
  const layers = isNdpi ? [] : await findLayers(file, pictures, found.isMicroscope || isUnknown);
  const layer = layerOf(layers, picture);
  const isSparse = layer?.hasMissing === true && layer.jpeg === null;
  const colour = await describeColour(file, page, found.name);
  const yccStatedAt = await Promise.all(
    pictures.slice(0, MAX_LAYERS).map(async ({ tiff }) => (await describeColour(file, tiff, found.name)).statedAt),
  );
  const raw = await rawInTiff(first, pictures);
  // That of a VSI is its label's.
  const stated = found.name === 'Olympus VSI' ? null : await statedSides(page, description);
  const refusal =
    (raw === null ? null : cameraRaw(raw)) ??
    refuseOldJpeg(compression) ??
    colour.refusal ??
    (await refuseChannels(found, pages, description)) ??
    (await refuseCutShort(found, page, file.size));
  return {
    ...found,
    isRgbInNeed: found.name !== 'Olympus VSI' && (picture?.samples ?? 1) >= 3 && !isSparse && colour.ycc === null,
    isRare: isUnknown || isSparse || colour.ycc !== null,
    ycc: colour.ycc,
    yccStatedAt: yccStatedAt.filter((at) => at !== null),
    profile: found.isMicroscope && found.name !== 'OME-TIFF' ? null : await profileOf(page),
    lab: photometric === PHOTOMETRIC.lab || photometric === PHOTOMETRIC.iccLab ? photometric : null,
    extras: await page.numbers(TAG.extraSamples),
    extrasAt: spanOf(page.entries.get(TAG.extraSamples)),
    pixelSize: stated && statedPixelSize(stated.sides, stated.statedBy),
    warnings: squareDoubts(stated?.sides ?? null),
    orientation: await orientationOf(page),
    picture: {
      width: picture?.width ?? 0,
      height: picture?.height ?? 0,
      directory: page.offset,
      isFirst: page === first,
    },
    layers,
    magnification: Number(/AppMag\s*=\s*(\d+)/.exec(description)?.[1] ?? 0) || null,
    levels: picture ? await levelsOf(picture, pictures, layers) : [],
    refusal,
  };
}

async function profileOf(page: TiffPage): Promise<Buffer | null> {
  const icc = (await page.numbers(TAG.bitsPerSample)).length >= 3 ? await page.bytes(TAG.iccProfile) : null;
  return icc === null || isSrgbProfile(icc) || !isRgbProfile(icc) ? null : icc;
}

async function orientationOf(page: TiffPage): Promise<Orientation> {
  const stated = await page.number(TAG.orientation, 1);
  return stated >= 1 && stated <= 8 ? (stated as Orientation) : 1;
}

async function findLayers(file: RandomAccess, pictures: TiffPicture[], forBioformats: boolean): Promise<TiffLayer[]> {
  const layers: TiffLayer[] = [];
  for (const { tiff } of pictures.slice(0, MAX_LAYERS)) {
    const layer = await findLayer(file, tiff, forBioformats);
    if (layer) layers.push(layer);
  }
  return layers;
}

/** The old form of JPEG in TIFF was withdrawn for being ambiguous: decoders disagree about it, and ours has none. */
function refuseOldJpeg(compression: number): Refusal | null {
  if (compression !== COMPRESSION.oldJpeg) return null;
  return new Refusal(
    'This TIFF file is compressed by old-style JPEG (compression 6), which its standard has withdrawn and which is not read here. Save it anew, with another compression or as PNG.',
    { isFinal: true },
  );
}

async function kindOf(file: RandomAccess, page: TiffPage, description: string): Promise<Kind> {
  // A volume header of cellSens lies where the directory may: 24 bytes long, version "IS".
  const volume = await file.read(8, 4);
  if (volume.equals(Buffer.from([24, 0, 0x49, 0x53]))) return kind('Olympus VSI', 'vsi');
  if (page.has(TAG.ndpiMarker)) return kind('Hamamatsu NDPI', 'ndpi');
  if (description.startsWith('Aperio')) return kind('Aperio SVS', 'svs');
  if (/<(\w+:)?OME[\s>]/.test(description.slice(0, 4096))) return kind('OME-TIFF', 'ome.tif');
  if (description.includes('<PerkinElmer-QPI')) return kind('PerkinElmer QPTIFF', 'tif');
  if (description.includes('leica-microsystems.com/scn')) return kind('Leica SCN', 'scn');
  if (page.has(TAG.zeissLsm)) return kind('Zeiss LSM', 'lsm');
  if (page.has(TAG.metamorphStack)) return kind('MetaMorph STK', 'stk');
  if (page.has(TAG.fluoview)) return kind('Olympus FluoView', 'tif');
  if (page.has(TAG.micromanager)) return kind('Micro-Manager', 'ome.tif');
  if ((await page.text(TAG.xmp)).includes('<iScan')) return kind('Ventana BIF', 'bif');
  if ((await page.text(TAG.software)).startsWith('Trestle')) return kind('Trestle', 'tif');
  const isGrey = (await page.number(TAG.samplesPerPixel, 1)) === 1;
  if (isGrey && description.startsWith('ImageJ=') && imageJChannels(description) === 3) return IMAGEJ_CHANNELS;
  return PLAIN;
}

const imageJChannels = (description: string) => Number(/^channels=(\d+)/m.exec(description)?.[1] ?? 1);

/** What the directories tell of fluorescence, before any reader is asked. */
async function refuseChannels({ name }: Kind, pages: TiffPage[], description: string): Promise<Refusal | null> {
  const [page] = pages;
  if (page === undefined) return null;
  const samples = await page.number(TAG.samplesPerPixel, 1);
  if (name === 'Hamamatsu NDPI') {
    // Brightfield scans have no filter set. A fluorescence scan is stored as an RGB picture of its one channel.
    const filterSet = await page.text(TAG.ndpiFilterSet);
    return filterSet.trim() === '' || /bright/i.test(filterSet)
      ? null
      : new Refusal('This Hamamatsu NDPI file holds 1 fluorescence channel. Restain reads brightfield images (RGB).', {
          isFinal: true,
        });
  }
  if (samples > 1) return null;
  if (name === 'PerkinElmer QPTIFF') return notBrightfield(name, await countAlike(pages), 1);
  if (!description.startsWith('ImageJ=')) return null;
  const channels = imageJChannels(description);
  return channels === 1 || name === IMAGEJ_CHANNELS.name ? null : notBrightfield('ImageJ TIFF', channels, 1);
}

/** Pages as large as the first: a plane each. */
async function countAlike(pages: TiffPage[]): Promise<number> {
  const size = async (page: TiffPage) => `${await page.number(TAG.width, 0)} ${await page.number(TAG.height, 0)}`;
  const sizes = await Promise.all(pages.map(size));
  return sizes.filter((one) => one === sizes[0]).length;
}

/** Bio-Formats fills what is missing with black, and half an image must not be scored as a whole one. */
async function refuseCutShort({ name }: Kind, page: TiffPage, fileSize: number) {
  // The image of a VSI lies elsewhere.
  if (name === 'Olympus VSI') return null;
  if (name === 'Hamamatsu NDPI' && fileSize >= CLASSIC_TIFF_BYTES) return null;
  const isTiled = page.has(TAG.tileOffsets);
  const offsets = await page.numbers(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = await page.numbers(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const missing = offsets.filter((offset, i) => offset + (counts[i] ?? 0) > fileSize).length;
  if (missing === 0) return null;
  const parts = isTiled ? 'tiles' : 'strips';
  return new Refusal(`${name}: ${missing} of its ${offsets.length} ${parts} lie beyond the end of the file`);
}

type Stated = { sides: PixelSides; statedBy: PixelSizeOrigin };

async function statedSides(page: TiffPage, description: string): Promise<Stated | null> {
  const ome = pixelsTag(description);
  if (ome) {
    const length = (axis: string) => {
      const value = Number(new RegExp(`PhysicalSize${axis}="([^"]+)"`).exec(ome)?.[1] ?? 0);
      return value * (UNITS.get(new RegExp(`PhysicalSize${axis}Unit="([^"]+)"`).exec(ome)?.[1] ?? 'µm') ?? 0);
    };
    const sides = sidesOf(length('X'), length('Y'));
    if (sides) return { sides, statedBy: 'OME-XML' };
  }
  const aperio = description.startsWith('Aperio') && Number(/MPP\s*=\s*([\d.]+)/.exec(description)?.[1] ?? 0);
  if (aperio) return { sides: { x: aperio, y: aperio, isRatio: false }, statedBy: 'Aperio description' };

  const [x, y] = [await page.number(TAG.xResolution, 0), await page.number(TAG.yResolution, 0)];
  if (x <= 0 || y <= 0) return null;
  const imagej = description.startsWith('ImageJ=') && UNITS.get(imagejUnit(description));
  if (imagej) return { sides: { x: imagej / x, y: imagej / y, isRatio: false }, statedBy: 'ImageJ description' };
  const unit = await page.number(TAG.resolutionUnit, 2);
  const microns = MICRONS_PER_RESOLUTION_UNIT[unit] ?? null;
  // Without a unit a resolution is a ratio, often 1 to 1.
  const sides = { x: (microns ?? 1) / x, y: (microns ?? 1) / y, isRatio: microns === null };
  return { sides, statedBy: 'TIFF resolution' };
}

/** The first tag of that name in OME-XML. Looked for once and to its end once: a text of tags that never end takes no longer. */
function pixelsTag(description: string): string | null {
  const from = description.search(/<(?:\w{1,40}:)?Pixels\s/);
  const to = description.indexOf('>', from);
  return from < 0 || to < 0 ? null : description.slice(from, to + 1);
}

/** ImageJ has the micro sign as itself, escaped, or as one byte of Latin-1, which is no UTF-8. */
const imagejUnit = (description: string) =>
  (/^unit=(.*)$/m.exec(description)?.[1] ?? '')
    .trim()
    .toLowerCase()
    .replace(/^(\\u00b5|\\u03bc|\ufffd|\u03bc)/, 'µ');

/** In µm, as OME-XML and ImageJ name them; the micro sign has two code points. */
const UNITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ µm: 1, μm: 1, um: 1, nm: 1e-3, mm: 1e3, cm: 1e4, m: 1e6, in: 25_400, inch: 25_400, inches: 25_400 },
    ...{ micron: 1, microns: 1, micrometer: 1, micrometers: 1, micrometre: 1, micrometres: 1 },
    ...{ nanometer: 1e-3, nanometers: 1e-3, millimeter: 1e3, millimeters: 1e3, centimeter: 1e4, centimeters: 1e4 },
    ...{ nanometre: 1e-3, nanometres: 1e-3, millimetre: 1e3, millimetres: 1e3, centimetre: 1e4, centimetres: 1e4 },
  }),
);

async function levelsOf(full: TiffPicture, pictures: TiffPicture[], layers: TiffLayer[]): Promise<TiffLevel[]> {
  const canBeReadInParts = async (picture: TiffPicture) =>
    (layerOf(layers, picture)?.jpeg ?? null) !== null || (await isTiledRgb(picture.tiff));
  if (!(await canBeReadInParts(full)) || (await full.tiff.number(TAG.orientation, 1)) !== 1) return [];
  const levels: TiffLevel[] = [];
  const add = (picture: TiffPicture) => {
    const { place, width, height } = picture;
    levels.push({ ...place, width, height, layer: layerOf(layers, picture) });
  };
  add(full);
  const smaller = pictures.filter((other) => other.width < full.width && hasShapeOf(other, full));
  for (const picture of smaller.sort((a, b) => b.width - a.width)) {
    const isSmaller = picture.width < (levels.at(-1) ?? full).width;
    if (isSmaller && picture.photometric !== PHOTOMETRIC.mask && (await canBeReadInParts(picture))) add(picture);
  }
  return levels;
}

const layerOf = (layers: TiffLayer[], picture: TiffPicture | null) =>
  layers.find((layer) => layer.directory === picture?.tiff.offset) ?? null;

async function isTiledRgb(page: TiffPage): Promise<boolean> {
  const photometric = await page.number(TAG.photometric, 1);
  const bits = await page.numbers(TAG.bitsPerSample);
  const is8Bit = bits.length === 3 && bits.every((depth) => depth === 8);
  return page.has(TAG.tileOffsets) && is8Bit && (photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.yCbCr);
}
