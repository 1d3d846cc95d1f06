import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { notBrightfield, Refusal } from '@/lib/server/readers/slide-source';
import { TAG, type TiffPage } from './tiff-tags';

/** The kind of a TIFF, by the software or scanner that wrote it. */
export type Kind = { name: string; extension: string; isMicroscope: boolean };
const PLAIN: Kind = { name: 'TIFF', extension: 'tif', isMicroscope: false };
const kind = (name: string, extension: string): Kind => ({ name, extension, isMicroscope: true });

/** ImageJ's three channels without names, which a person may call red, green and blue. */
const IMAGEJ_CHANNELS = kind('ImageJ TIFF', 'tif');

/** Finds the kind by the tags of the first page, and by marks that some writers put elsewhere. */
export async function kindOf(file: RandomAccess, page: TiffPage, description: string): Promise<Kind> {
  // A volume header of cellSens is in the place of the directory: 24 bytes long, version "IS".
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

/** Refuses fluorescence that the directories show, before any reader is used. */
export async function refuseChannels({ name }: Kind, pages: TiffPage[], description: string): Promise<Refusal | null> {
  const [page] = pages;
  if (page === undefined) return null;
  const samples = await page.number(TAG.samplesPerPixel, 1);
  if (name === 'Hamamatsu NDPI') {
    // Brightfield scans have no filter set. A fluorescence scan is stored as an RGB picture of its one channel.
    const filterSet = await page.text(TAG.ndpiFilterSet);
    if (filterSet.trim() === '' || /bright/i.test(filterSet)) return refuseTwiceConverted(page);
    const detail = 'This Hamamatsu NDPI file holds 1 fluorescence channel. Restain reads brightfield images (RGB).';
    return new Refusal(detail, { isFinal: true });
  }
  if (samples > 1) return null;
  if (name === 'PerkinElmer QPTIFF') return notBrightfield(name, await countAlike(pages), 1);
  if (!description.startsWith('ImageJ=')) return null;
  const channels = imageJChannels(description);
  return channels === 1 || name === IMAGEJ_CHANNELS.name ? null : notBrightfield('ImageJ TIFF', channels, 1);
}

/** Without a list of restart markers Bio-Formats decodes an NDPI by another way, which converts YCbCr of full resolution twice. */
async function refuseTwiceConverted(page: TiffPage): Promise<Refusal | null> {
  const isYcc = (await page.number(TAG.photometric, 2)) === 6;
  const isFull = (await page.number(TAG.yCbCrSubsampling, 2)) === 1;
  if (page.has(TAG.ndpiRestarts) || !isYcc || !isFull) return null;
  const detail =
    'This Hamamatsu NDPI file lists no restart markers, and its reader would change its colours. Export it as TIFF or DICOM.';
  return new Refusal(detail, { isFinal: true });
}

/** The number of pages of the first one's size, which are a plane each. */
async function countAlike(pages: TiffPage[]): Promise<number> {
  const size = async (page: TiffPage) => `${await page.number(TAG.width, 0)} ${await page.number(TAG.height, 0)}`;
  const sizes = await Promise.all(pages.map(size));
  return sizes.filter((one) => one === sizes[0]).length;
}
