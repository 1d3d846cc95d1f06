import 'server-only';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { TiffPicture } from './pictures';
import { PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

const RAW_PHOTOMETRICS: readonly number[] = [PHOTOMETRIC.colourFilterArray, PHOTOMETRIC.linearRaw];

/** Refuses a camera's raw picture, whose samples have one colour each, or were never developed. */
export const cameraRaw = (name: string) =>
  new Refusal(
    `This is a camera's raw picture (${name}): the values of its sensor, not yet a picture. Convert it with the camera's software, and send the TIFF, PNG or JPEG.`,
    { isFinal: true },
  );

const starts = (...texts: string[]) => new RegExp(`^(${texts.join('|')})`);

/** Raw formats by their first bytes: those that are no TIFF, and TIFFs with a version number of their own. */
const RAW_HEADS: readonly [name: string, pattern: RegExp][] = [
  ['Canon CR2', /^(II\*\0|MM\0\*).{4}CR/s],
  ['Canon CR3', /^.{4}ftypcrx /s],
  ['Canon CRW', /^(II|MM).{4}HEAPCCDR/s],
  ['Fujifilm RAF', starts('FUJIFILMCCD-RAW')],
  ['Olympus ORF', starts('IIRO', 'IIRS', 'MMOR')],
  ['Panasonic RW2', starts('IIU\\0')],
  ['Minolta MRW', starts('\\0MRM')],
  ['Sigma X3F', starts('FOVb')],
];

/** @param head - the first bytes of a file, as Latin-1 */
export const rawByHead = (head: string) => RAW_HEADS.find(([, pattern]) => pattern.test(head))?.[0] ?? null;

/** Makers of cameras, by the start of the tag, and their formats. */
const MAKERS: readonly [RegExp, string][] = [
  [/^nikon/i, 'Nikon NEF'],
  [/^sony/i, 'Sony ARW'],
  [/^(pentax|ricoh)/i, 'Pentax PEF'],
  [/^samsung/i, 'Samsung SRW'],
  [/^(hasselblad|phase one|leaf|mamiya|epson|kodak)/i, 'a maker’s own TIFF'],
];

/** The name of the raw format that a TIFF holds on any page; null where there is none. */
export async function rawInTiff(first: TiffPage, pictures: readonly TiffPicture[]): Promise<string | null> {
  if (!pictures.some(({ photometric }) => RAW_PHOTOMETRICS.includes(photometric))) return null;
  if (first.has(TAG.dngVersion)) return 'DNG';
  const makers = [await first.text(TAG.make), await first.text(TAG.software)];
  return (
    MAKERS.find(([pattern]) => makers.some((maker) => pattern.test(maker)))?.[1] ?? 'a raw TIFF, such as DNG or NEF'
  );
}
