import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import type { Raster } from '@/lib/imaging/raster';
import type { Content } from '@/lib/server/readers/identify-content';
import {
  type ImageChoice,
  levelAt,
  noSuch,
  readFromLevels,
  type SlideImage,
  type SlideLevel,
  type SlideSource,
  type StatedPixelSize,
} from '@/lib/server/readers/slide-source';
import type { Warning } from '@/lib/warnings';

/** Reads pixels of one level, with the doubts about them. */
type ReadLevel = (level: number, rectangle: SlideRegion) => Promise<{ raster: Raster; warnings: readonly Warning[] }>;

/** A file of one image with one focal plane: this reader knows no others. */
export class OneImage implements SlideSource {
  readonly reader = 'common';
  readonly series = 0;
  readonly plane = 0;
  readonly format: string;
  readonly magnification: number | null;
  readonly levels: readonly SlideLevel[];
  readonly pixelSize: StatedPixelSize | null;
  readonly warnings: Warning[];
  private readonly read: ReadLevel;

  /** @throws AppError `invalid_option` for a choice of another image or plane */
  constructor(
    { series = 0, plane = 0 }: ImageChoice,
    content: Content,
    file: { levels: readonly SlideLevel[]; pixelSize: StatedPixelSize | null; warnings: readonly Warning[] },
    read: ReadLevel,
  ) {
    const only = 'The file is read as one image with one focal plane: number 0 of each.';
    if (series !== 0) throw noSuch('series', only);
    if (plane !== 0) throw noSuch('plane', only);
    this.format = content.name ?? 'image';
    this.magnification = content.tiff?.magnification ?? null;
    this.levels = file.levels;
    this.pixelSize = file.pixelSize;
    this.warnings = [...file.warnings];
    this.read = read;
  }

  get width(): number {
    return levelAt(this.levels, 0).width;
  }
  get height(): number {
    return levelAt(this.levels, 0).height;
  }
  get images(): readonly SlideImage[] {
    const { width, height, levels, pixelSize } = this;
    return [{ series: 0, width, height, planes: 1, levels, pixelSize, isBrightfield: true, isUnnamed: false }];
  }

  readRegion(region: SlideRegion, downsample: number): Promise<Raster> {
    const read = async (level: number, rectangle: SlideRegion) => {
      const { raster, warnings } = await this.read(level, rectangle);
      this.warnings.push(...warnings.filter((warning) => !this.warnings.includes(warning)));
      return raster;
    };
    return readFromLevels(this.levels, read, region, downsample);
  }
}
