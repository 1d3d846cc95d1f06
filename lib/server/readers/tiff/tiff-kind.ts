import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { notBrightfield, Refusal } from '@/lib/server/readers/slide-source';
import { TAG, type TiffPage } from './tiff-tags';

/** What kind of TIFF a file is, by its maker. */
export type Kind = { name: string; extension: string; isMicroscope: boolean };
const PLAIN: Kind = { name: 'TIFF', extension: 'tif', isMicroscope: false };
const kind = (name: string, extension: string): Kind => ({ name, extension, isMicroscope: true });

/** Three channels without names, which a person may call red, green and blue. */
const IMAGEJ_CHANNELS = kind('ImageJ TIFF', 'tif');

/** By the tags of the first page, and the marks that some makers leave elsewhere. */
export async function kindOf(file: RandomAccess, page: TiffPage, description: string): Promise<Kind> {
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
export async function refuseChannels({ name }: Kind, pages: TiffPage[], description: string): Promise<Refusal | null> {
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
