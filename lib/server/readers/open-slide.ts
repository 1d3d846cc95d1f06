import 'server-only';
import { AppError } from '@/lib/errors';
import { COMMON_FORMATS } from '@/lib/server/images/sniff-format';
import { unpackSlide } from '@/lib/server/readers/archives/unpack-slide';
import { areFormatsComing, assertInstalled, findBioformats } from '@/lib/server/readers/bioformats/installation';
import { openByBioformats } from '@/lib/server/readers/bioformats/open-by-bioformats';
import { expandBmp } from '@/lib/server/readers/codecs/expand-bmp';
import { isMirax } from '@/lib/server/readers/openslide/mirax-files';
import { openByOpenslide } from '@/lib/server/readers/openslide/open-by-openslide';
import { openBySharp, readWhole } from '@/lib/server/readers/sharp/open-by-sharp';
import { placeInFolder } from '@/lib/server/readers/walled/slide-folder';
import { type Content, identifyContent } from './identify-content';
import { openRandomAccess, type RandomAccess, type SlideInput } from './random-access';
import { holdingSlide } from './shared-slides';
import { assertWithinLimit, type ImageChoice, type OpenSlide, Refusal } from './slide-source';

export type OpenOptions = {
  /** The `pil` option: only the common reader may be used. */
  commonOnly?: boolean | undefined;
  /** Whether the file has waited in another line. Then the lines of the readers do not refuse it. */
  isAdmitted?: boolean | undefined;
};

/** A file and what it is by its content. `input` and `file` are the same bytes. */
type Identified = { input: SlideInput; file: RandomAccess; content: Content };

/**
 * Opens an image or slide with the reader for its content: common formats with sharp, the rest with Bio-Formats, a ZIP
 * with the reader for the slide in it (MIRAX with OpenSlide).
 *
 * @throws AppError `unreadable_image` naming the readers and why each refused, or `image_too_large`
 */
export async function openSlide(input: SlideInput, options: OpenOptions = {}): Promise<OpenSlide> {
  return withFile(input, async (identified) => {
    const { content } = identified;
    try {
      return explaining(await openContent(identified, options), content);
    } catch (error) {
      throw explain(error, content);
    }
  });
}

/** The file stays open as long as the slide does. */
async function withFile(input: SlideInput, open: (identified: Identified) => Promise<OpenSlide>): Promise<OpenSlide> {
  const file = await openRandomAccess(input);
  try {
    const slide = await open({ input, file, content: await identifyContent(file) });
    return holdingSlide(slide, () => file.close());
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openContent({ input, file, content }: Identified, options: OpenOptions): Promise<OpenSlide> {
  if (content.refusal) throw content.refusal;
  if (content.isArchive && options.commonOnly) throw new Refusal(NOT_ASKED_FOR);
  if (content.isArchive) return openArchive(input, options);
  if (content.name === 'Olympus VSI') throw LONE_VSI;
  const { commonOnly = false } = options;
  if (content.isCommon) return openBySharp(input, file, content);
  // The first page of a scanner's TIFF is the full image: sharp reads it where Bio-Formats may not or cannot.
  const isWithoutBioformats = commonOnly || (findBioformats() === null && !areFormatsComing());
  if (isWithoutBioformats && content.tiff?.isRgbInNeed) return openBySharp(input, file, content);
  if (commonOnly) throw new Refusal(NOT_ASKED_FOR);
  assertInstalled();
  const isChanged = content.tiff !== null && content.tiff.yccStatedAt.length > 0;
  const placed = await placeInFolder(
    content.name === 'BMP' ? await plainBmp(input) : input,
    content.extension,
    isChanged,
  );
  try {
    return holdingSlide(await openByBioformats(placed, file, content, options), placed.folder.remove);
  } catch (error) {
    await placed.folder.remove();
    throw error;
  }
}

async function plainBmp(input: SlideInput): Promise<SlideInput> {
  const bytes = input instanceof Uint8Array ? input : await readWhole(input.path, 'BMP');
  return expandBmp(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), assertWithinLimit) ?? input;
}

/** The unpacked files stay until the slide is closed, since its regions are read from them. */
async function openArchive(input: SlideInput, options: OpenOptions): Promise<OpenSlide> {
  const unpacked = await unpackSlide(input, options);
  const { folder, main, place } = unpacked;
  try {
    if (isMirax(main)) return holdingSlide(await openByOpenslide(unpacked, options), folder.remove, place);
    const slide = await withFile({ path: main }, async ({ input: path, file, content }) => {
      if (content.refusal) throw content.refusal;
      if (content.isCommon) return openBySharp(path, file, content);
      assertInstalled();
      return openByBioformats(unpacked, file, content, options);
    });
    return holdingSlide(slide, folder.remove, place);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

const NOT_ASKED_FOR = 'not asked, as the request wants the common reader only (pil)';
const LONE_VSI = new Refusal(
  'This Olympus VSI file holds only the label picture; the image lies in the folder beside it. Send both in one ZIP.',
  { isFinal: true },
);

/** The same slide, whose errors say what the user can do. */
function explaining(slide: OpenSlide, content: Content): OpenSlide {
  const choose = (choice: ImageChoice) => {
    try {
      const source = slide.choose(choice);
      const read = source.readRegion.bind(source);
      source.readRegion = (region, downsample) =>
        read(region, downsample).catch((error: unknown) => {
          throw explain(error, content);
        });
      return source;
    } catch (error) {
      throw explain(error, content);
    }
  };
  return {
    choose,
    rest: (giveUp) => slide.rest(giveUp),
    resume: () => slide.resume(),
    close: () => slide.close(),
  };
}

/** Makes one error of the reasons that the readers gave. */
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
