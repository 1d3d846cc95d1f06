import 'server-only';
import { z } from 'zod';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import type { SlideFolder } from '@/lib/server/readers/walled/slide-folder';
import { READ_SECONDS, SlideSession } from '@/lib/server/readers/walled/slide-session';
import { getReaders } from './reader-line';
import { Described } from './series';

const Located = z.object({ end: z.number().nullable() });

/** One file in a Bio-Formats process. */
export class BioformatsSession extends SlideSession<Described> {
  /** Whether a fourth sample is alpha. A TIFF states it, in other formats it always is. */
  private readonly hasAlpha: boolean;

  /** @param bytes - size of the file */
  constructor(slide: SlideFolder, bytes: number, hasAlpha: boolean) {
    super(getReaders(), slide, Described, bytes);
    this.hasAlpha = hasAlpha;
  }

  /** Throws as `ask` does. */
  async read(series: number, level: number, plane: number, { x, y, width, height }: SlideRegion): Promise<Raster> {
    const raster = sharedRaster(width, height, 3);
    const words = ['read', series, level, plane, x, y, width, height, Number(this.hasAlpha)];
    await this.fill(words, raster.data, width * height);
    return raster;
  }

  /**
   * Asks where in a TIFF the tile or strip ends that holds a pixel of a level. Throws as `ask` does.
   *
   * @returns null where it is not known; 0 for another file of the slide
   */
  async locate({ series, level, plane }: { series: number; level: number; plane: number }, x: number, y: number) {
    return Located.parse(JSON.parse(await this.ask(['locate', series, level, plane, x, y], READ_SECONDS))).end;
  }
}
