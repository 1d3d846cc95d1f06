import { type Mask, type Raster, sharedRaster } from '@/lib/imaging/raster';
import { axisTaps, resampleInto } from '@/lib/imaging/tiles/resample';
import { type Core, findCoreGrid } from './core-grid';
import { findTissue, TISSUE_MICRONS_PER_PIXEL } from './find-tissue';
import type { RingPolygon } from './mask-outlines';
import { outlineTissue } from './outline-tissue';

/** Finer pixels than this show single nuclei, which `findTissue` would take for specks. */
const FINEST = 4;

export type FoundTissue = {
  /** In pixels of the slide's full resolution, the largest first. */
  readonly outlines: readonly RingPolygon[];
  /** Of a tissue microarray: the cores that are there. */
  readonly cores: readonly Pick<Core, 'row' | 'column' | 'polygons'>[];
};

/** A part of a slide, in pixels of its full resolution. */
export type SlideBox = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * Finds the tissue in a picture of a whole slide, of any pixel size up to 16 µm; and its cores, if it is a microarray.
 *
 * @param damaged - parts of which nothing is known. They are no tissue, whatever is around them.
 */
export function tissueOfPicture(
  picture: Raster,
  micronsPerPixel: number,
  slide: { width: number; height: number },
  damaged: readonly SlideBox[] = [],
): FoundTissue {
  const isFine = micronsPerPixel < FINEST;
  const seen = isFine ? reduced(picture, TISSUE_MICRONS_PER_PIXEL / micronsPerPixel) : picture;
  const size = isFine ? (micronsPerPixel * picture.width) / seen.width : micronsPerPixel;
  const mask = findTissue(seen, size);
  for (const box of damaged) clearBox(mask, box, slide.width / seen.width, slide.height / seen.height);
  const cores = findCoreGrid(mask, size, slide)?.cores ?? [];
  return {
    outlines: outlineTissue(mask, slide),
    cores: cores
      .filter(({ polygons }) => polygons.length > 0)
      .map(({ row, column, polygons }) => ({ row, column, polygons })),
  };
}

function clearBox({ data, width, height }: Mask, box: SlideBox, scaleX: number, scaleY: number): void {
  const [left, right] = [Math.floor(box.x / scaleX), Math.min(width, Math.ceil((box.x + box.width) / scaleX))];
  const [top, bottom] = [Math.floor(box.y / scaleY), Math.min(height, Math.ceil((box.y + box.height) / scaleY))];
  for (let row = top; row < bottom; row++) data.fill(0, row * width + left, row * width + right);
}

function reduced(picture: Raster, factor: number): Raster {
  const width = Math.max(1, Math.round(picture.width / factor));
  const height = Math.max(1, Math.round(picture.height / factor));
  const out = sharedRaster(width, height, 3);
  const columns = axisTaps(0, width, picture.width / width, 0, picture.width);
  resampleInto(picture, columns, axisTaps(0, height, picture.height / height, 0, picture.height), out, 0, 0);
  return out;
}
