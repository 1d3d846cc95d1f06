import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import type { Raster } from '@/lib/imaging/raster';
import { type Damage, damageWarning } from '@/lib/server/images/find-damage';
import { applyProfile } from '@/lib/server/images/icc-profile';
import { reasonOf } from '@/lib/server/images/image-refusal';
import sharp from '@/lib/server/images/limited-sharp';
import type { Content } from '@/lib/server/readers/identify-content';
import type { RandomAccess, SlideInput } from '@/lib/server/readers/random-access';
import {
  type ImageChoice,
  levelAt,
  type OpenSlide,
  Refusal,
  type SlideLevel,
  type SlideSource,
  toLevels,
} from '@/lib/server/readers/slide-source';
import type { TiffLevel } from '@/lib/server/readers/tiff/describe-tiff';
import { isJpegPage, readJpegTiles } from '@/lib/server/readers/tiff/jpeg-tiles';
import { readTiles } from '@/lib/server/readers/tiff/read-tiles';
import { OneImage } from './one-image';

/** Time limit of a region: a fixed part, and a part for each megapixel. */
const REGION_SECONDS = 5;
const REGION_SECONDS_PER_MEGAPIXEL = 0.3;

type Opened = { input: SlideInput; file: RandomAccess; content: Content };

/** A tiled TIFF, of which the tiles under a region are decoded and no others. */
export class TiledTiff implements OpenSlide {
  private readonly opened: Opened;
  private readonly tiffLevels: readonly TiffLevel[];
  private readonly levels: readonly SlideLevel[];

  constructor(opened: Opened, levels: readonly TiffLevel[]) {
    this.opened = opened;
    this.tiffLevels = levels;
    this.levels = toLevels(levels);
  }

  choose(choice: ImageChoice): SlideSource {
    const { content } = this.opened;
    const file = { levels: this.levels, pixelSize: content.pixelSize, warnings: content.warnings };
    return new OneImage(choice, content, file, async (level, rectangle) => {
      const { raster, damage } = await this.readLevel(levelAt(this.tiffLevels, level), rectangle);
      return { raster, warnings: damage === null ? [] : [damageWarning(damage)] };
    });
  }

  rest(): void {}

  resume(): void {}

  async close(): Promise<void> {}

  private async readLevel(
    { page, subifd = -1, tiles }: TiffLevel,
    region: SlideRegion,
  ): Promise<{ raster: Raster; damage: Damage | null }> {
    const { input, file, content } = this.opened;
    if (isJpegPage(tiles) && tiles.jpeg.isDecodedHere) {
      const read = await readJpegTiles(file, tiles, region);
      // For the tiles that libvips reads below, it applies the profile itself.
      if (content.tiff?.profile) await applyProfile(read.raster, content.tiff.profile);
      return read;
    }
    const source = input instanceof Uint8Array ? input : input.path;
    const megapixels = (region.width * region.height) / 1e6;
    const seconds = Math.ceil(REGION_SECONDS + REGION_SECONDS_PER_MEGAPIXEL * megapixels);
    const open = (failOn: 'none' | 'warning') =>
      sharp(source, { page, subifd, failOn, limitInputPixels: false }).timeout({ seconds });
    try {
      return await readTiles({ file, tiles, open }, region);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(`TIFF: ${reasonOf(error)}`, { cause: error });
    }
  }
}
