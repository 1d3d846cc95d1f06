import 'server-only';
import { AppError } from '@/lib/errors';
import { COMMON_FORMATS } from '@/lib/server/images/sniff-format';
import { unpackSlide } from '@/lib/server/readers/archives/unpack-slide';
import { type BioformatsOptions, openByBioformats } from '@/lib/server/readers/bioformats/bioformats-reader';
import { areFormatsComing, findBioformats } from '@/lib/server/readers/bioformats/installation';
import { expandBmp } from '@/lib/server/readers/codecs/expand-bmp';
import { openByCommonReader, readWhole } from './common';
import { type Content, identifyContent } from './identify-content';
import { openRandomAccess, type SlideInput } from './random-access';
import { assertWithinLimit, noSuch, Refusal, type SlideSource } from './slide-source';

export type OpenOptions = BioformatsOptions & {
  /** The `pil` option: the common reader or none. */
  commonOnly?: boolean | undefined;
};

/**
 * Opens an image or slide by the reader that its content asks for: common formats by sharp, the rest by Bio-Formats, a
 * ZIP by what it holds.
 *
 * @throws AppError `unreadable_image` naming the readers and why each refused, `image_too_large`, or `invalid_option`
 *   for a series or focal plane that the file has not.
 */
export async function openSlide(input: SlideInput, options: OpenOptions = {}): Promise<SlideSource> {
  const content = await identify(input);
  try {
    const source = await openContent(input, content, options);
    const read = source.readRegion.bind(source);
    source.readRegion = async (region, downsample) => {
      try {
        return await read(region, downsample);
      } catch (error) {
        throw explain(error, content);
      }
    };
    return source;
  } catch (error) {
    throw explain(error, content);
  }
}

async function identify(input: SlideInput): Promise<Content> {
  const file = await openRandomAccess(input);
  try {
    return await identifyContent(file);
  } finally {
    await file.close();
  }
}

async function openContent(input: SlideInput, content: Content, options: OpenOptions): Promise<SlideSource> {
  if (content.refusal) throw content.refusal;
  if (content.isArchive && options.commonOnly) throw new Refusal(NOT_ASKED_FOR);
  if (content.isArchive) return openArchive(input, options);
  if (content.name === 'Olympus VSI') throw LONE_VSI;
  const { commonOnly = false } = options;
  if (content.isCommon) return openAlone(input, content, options);
  // Scanners' TIFFs begin with the full image: better than nothing where Bio-Formats may not or cannot be asked.
  const isWithoutBioformats = commonOnly || (findBioformats() === null && !areFormatsComing());
  if (isWithoutBioformats && content.tiff?.isRgbInNeed) return openAlone(input, content, options);
  if (commonOnly) throw new Refusal(NOT_ASKED_FOR);
  return openByBioformats(content.name === 'BMP' ? await plainBmp(input) : input, content, options);
}

async function plainBmp(input: SlideInput): Promise<SlideInput> {
  const bytes = input instanceof Uint8Array ? input : await readWhole(input.path, 'BMP');
  return expandBmp(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), assertWithinLimit) ?? input;
}

/** By the common reader, which knows one image a file. */
async function openAlone(
  input: SlideInput,
  content: Content,
  { series = 0, plane = 0 }: OpenOptions,
): Promise<SlideSource> {
  const only = 'The file is read as one image with one focal plane: number 0 of each.';
  if (series !== 0) throw noSuch('series', only);
  if (plane !== 0) throw noSuch('plane', only);
  return openByCommonReader(input, content);
}

async function openArchive(input: SlideInput, options: OpenOptions): Promise<SlideSource> {
  const slide = await unpackSlide(input, options);
  let isHandedOver = false;
  try {
    const content = await identify({ path: slide.main });
    if (content.refusal) throw content.refusal;
    // The files stay until the source is closed: its parts are read when asked for.
    const source = content.isCommon
      ? keepUntilClosed(await openAlone({ path: slide.main }, content, options), slide.folder.remove)
      : await openByBioformats(slide, content, options);
    isHandedOver = true;
    return source;
  } finally {
    if (!isHandedOver) await slide.folder.remove();
  }
}

function keepUntilClosed(source: SlideSource, remove: () => Promise<void>): SlideSource {
  const close = source.close.bind(source);
  source.close = async () => {
    await close();
    await remove();
  };
  return source;
}

const NOT_ASKED_FOR = 'not asked, as the request wants the common reader only (pil)';
const LONE_VSI = new Refusal(
  'This Olympus VSI file holds only the label picture; the image lies in the folder beside it. Send both in one ZIP.',
  { isFinal: true },
);

/** One answer from what the readers said. */
function explain(error: unknown, content: Content): unknown {
  if (error instanceof AppError && error.code === 'unreadable_image')
    return unreadable(
      `${error.detail} Bio-Formats: not asked, since the common reader knows this kind of file.`,
      error,
    );
  if (!(error instanceof Refusal)) return error;
  if (error.isFinal) return unreadable(error.message, error);
  const reason = error.message.replace(/\.$/, '');
  const looks = content.name === null ? 'the content is none of these' : `the content looks like ${content.name}`;
  const isOfCommon = content.refusal === error || content.isCommon;
  const common = isOfCommon ? reason : looks;
  const bioformats = isOfCommon ? 'not asked, for the same reason' : reason;
  return unreadable(
    `No reader opens this file. Common formats (${COMMON_FORMATS.join(', ')}): ${common}. Bio-Formats: ${bioformats}.`,
    error,
  );
}

const unreadable = (detail: string, cause: unknown) => new AppError('unreadable_image', detail, { cause });
