import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { darkestWindow } from '@/lib/imaging/tiles/darkest-window';
import { planTiles } from '@/lib/imaging/tiles/plan-tiles';
import { inferTile } from '@/lib/inference/infer-tile';
import { describePicture } from '@/lib/inference/picture-facts';
import type { Session } from '@/lib/inference/session';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import { lookAt, type ScaleLook } from '@/lib/scoring/scores/propose-resolution';

/** Side of the window that is looked at, in the network's pixels: some thirty nuclei, in a tenth of a second. */
const WINDOW_PX = 512;

/**
 * Looks for nuclei in the darkest part of a picture, as if it had this pixel size.
 *
 * @param image - RGB, the whole picture
 */
export async function lookAtScale(session: Session, image: Raster, micronsPerPixel: number): Promise<ScaleLook> {
  const { manifest } = session;
  const scale = micronsPerPixel / manifest.micronsPerPixel;
  const part = cut(image, Math.max(1, Math.round(WINDOW_PX / scale)));
  const segmentation = sharedRaster(part.width, part.height, 3);
  const facts = describePicture(image, manifest);
  for (const tile of planTiles(part.width, part.height, scale, manifest.tile))
    await inferTile(session, { image: part, tile, outputs: { segmentation }, facts, skipGlass: true });
  const { algorithm, probThresh } = manifest.defaults;
  const nuclei = segmentNuclei({ image: part, segmentation, marker: null }, { algorithm, probThresh, micronsPerPixel });
  return lookAt(nuclei, segmentation, micronsPerPixel);
}

function cut(image: Raster, side: number): Raster {
  const { x, y, width, height } = darkestWindow(image, side);
  const part = sharedRaster(width, height, 3);
  for (let row = 0; row < height; row++) {
    const at = 3 * ((y + row) * image.width + x);
    part.data.set(image.data.subarray(at, at + 3 * width), 3 * row * width);
  }
  return part;
}
