import 'server-only';
import { z } from 'zod';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { damageWarning, MAX_MISSING, whiten } from '@/lib/server/images/find-damage';
import { squareDoubts } from '@/lib/server/images/pixel-sides';
import {
  type ImageChoice,
  levelAt,
  noSuch,
  type OpenSlide,
  Refusal,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
  sidesOf,
  statedPixelSize,
  toLevels,
} from '@/lib/server/readers/slide-source';
import type { SlideFolder } from '@/lib/server/readers/walled/slide-folder';
import { SlideSession } from '@/lib/server/readers/walled/slide-session';
import type { Warning } from '@/lib/warnings';
import { assertOpenslide } from './installation';
import { prepareMirax } from './mirax-files';
import { overWhite } from './over-white';
import { getOpenslideReaders } from './reader-line';

/** Side of the largest part that is read in one request. */
const PART = 2048;
/** Side of a part that is given up when it cannot be read: about that of a photo. */
const LEAST_PART = 256;
/** Parts of a slide that may fail. The slide is opened anew after each. */
const MAX_FAILURES = 200;

const Size = z.object({ width: z.int().min(1), height: z.int().min(1) });

/** The answer of the reading process to `open`: the part of the glass that was scanned. */
const Described = Size.extend({
  levels: z.array(Size).min(1),
  micronsPerPixel: z.number().nullable(),
  micronsPerPixelY: z.number().nullable(),
  magnification: z.number().nullable(),
});
type Described = z.infer<typeof Described>;

/**
 * Opens a MIRAX slide with OpenSlide, which runs in a process of its own.
 *
 * @param slide - a temporary folder, which the caller removes after the slide is closed
 * @param isAdmitted - whether the file has waited in another line; then this one does not refuse it
 * @throws Refusal with the reason, AppError `queue_full`, `reader_unavailable`
 */
export async function openByOpenslide(
  slide: SlideFolder,
  { isAdmitted = false }: { isAdmitted?: boolean | undefined } = {},
): Promise<OpenSlide> {
  assertOpenslide();
  const { main, known, bytes } = await prepareMirax(slide.main);
  const session = new SlideSession(getOpenslideReaders(), { ...slide, main, known }, Described, bytes);
  try {
    return new MiraxSlide(session, await session.open(isAdmitted));
  } catch (error) {
    await session.close();
    throw explained(error);
  }
}

/** The reason as a sentence. */
function explained(error: unknown): unknown {
  if (!(error instanceof Refusal) || error.isFinal) return error;
  const sentence = `OpenSlide does not read this MIRAX (MRXS) slide: ${error.message.replace(/\.$/, '')}.`;
  return new Refusal(sentence, { isFinal: true, cause: error });
}

class MiraxSlide implements OpenSlide {
  private readonly session: SlideSession<Described>;
  private readonly described: Described;

  constructor(session: SlideSession<Described>, described: Described) {
    this.session = session;
    this.described = described;
  }

  choose({ series = 0, plane = 0 }: ImageChoice): SlideSource {
    if (series !== 0) throw noSuch('series', `The file has no image ${series} that may be read; it has 0.`);
    if (plane !== 0) throw noSuch('plane', `The image has 1 focal plane, counted from 0; there is no plane ${plane}.`);
    return new MiraxSource(this.session, this.described);
  }

  rest(): void {
    this.session.rest();
  }

  resume(): void {
    this.session.resume();
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

class MiraxSource implements SlideSource {
  readonly reader = 'openslide';
  readonly format = '3DHISTECH MIRAX';
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  readonly pixelSize: StatedPixelSize | null;
  readonly magnification: number | null;
  readonly images: readonly SlideImage[];
  readonly series = 0;
  readonly plane = 0;
  readonly warnings: Warning[];
  private readonly session: SlideSession<Described>;
  /** Pixels of the parts that could not be read, by level and place. */
  private readonly lost = new Map<string, number>();
  private failures = 0;

  constructor(session: SlideSession<Described>, described: Described) {
    const { width, height, levels, micronsPerPixel, micronsPerPixelY, magnification } = described;
    this.session = session;
    this.width = width;
    this.height = height;
    this.levels = toLevels(levels);
    const sides = sidesOf(micronsPerPixel, micronsPerPixelY);
    this.pixelSize = statedPixelSize(sides, 'format metadata');
    this.magnification = magnification;
    this.warnings = squareDoubts(sides);
    const image = { series: 0, width, height, planes: 1, levels: this.levels, pixelSize: this.pixelSize };
    this.images = [{ ...image, isBrightfield: true, isUnnamed: false }];
  }

  readRegion(region: SlideRegion, downsample: number): Promise<Raster> {
    return readFromLevels(this.levels, (level, rectangle) => this.readLevel(level, rectangle), region, downsample);
  }

  private async readLevel(level: number, rectangle: SlideRegion): Promise<Raster> {
    const target = sharedRaster(rectangle.width, rectangle.height, 3);
    const before = this.lost.size;
    for (const part of partsOf(rectangle, PART)) await this.readPart(level, part, rectangle, target);
    if (this.lost.size > before) this.warnings.push(damageWarning({ detail: this.assertSound(level) }));
    return target;
  }

  /** Reads a part into a larger one. Where it is damaged, it is read in smaller parts, and the smallest stay white. */
  private async readPart(level: number, part: SlideRegion, whole: SlideRegion, target: Raster): Promise<void> {
    const { x, y, width, height } = part;
    const [left, top] = [x - whole.x, y - whole.y];
    const pixels = new Uint8Array(width * height * 4);
    try {
      await this.session.fill(['read', level, x, y, width, height], pixels, width * height);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'damaged' || ++this.failures > MAX_FAILURES)
        throw explained(error);
      if (Math.max(width, height) > LEAST_PART) {
        const half = Math.max(LEAST_PART, 2 ** Math.ceil(Math.log2(Math.max(width, height) / 2)));
        for (const smaller of partsOf(part, half)) await this.readPart(level, smaller, whole, target);
        return;
      }
      whiten(target, [{ left, top, width, height }]);
      this.lost.set(`${level} ${x} ${y}`, width * height);
      this.assertSound(level);
      return;
    }
    overWhite(pixels, { width, height }, target, { left, top });
  }

  /** @returns how much of a level is lost, for people. @throws Refusal for more than a tenth */
  private assertSound(level: number): string {
    const { width, height } = levelAt(this.levels, level);
    const ofLevel = [...this.lost].filter(([key]) => key.startsWith(`${level} `));
    const share = ofLevel.reduce((sum, [, pixels]) => sum + pixels, 0) / (width * height);
    if (share > MAX_MISSING)
      throw new Refusal('The file is damaged: more than a tenth of the slide cannot be read.', { isFinal: true });
    return `${Number((100 * share).toPrecision(2))} % of the slide, in ${ofLevel.length} places, cannot be read`;
  }
}

function* partsOf({ x, y, width, height }: SlideRegion, side: number): Generator<SlideRegion> {
  for (let top = y; top < y + height; top += side)
    for (let left = x; left < x + width; left += side)
      yield {
        x: left,
        y: top,
        width: Math.min(side, x + width - left),
        height: Math.min(side, y + height - top),
      };
}
