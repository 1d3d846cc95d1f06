import type { Raster } from '@/lib/imaging/raster';
import { halve } from '@/lib/imaging/tiles/pyramid';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import { type OutlinedNuclei, outlineNuclei } from '@/lib/scoring/find/outlined-nuclei';
import { EVERYWHERE } from '@/lib/scoring/gate/apply-regions';
import { type Scene, scoreImage } from '@/lib/scoring/score-image';
import type { Thresholds } from '@/lib/scoring/thresholds';
import type { Box, OutlinesInSight } from './live-protocol';
import type { Parameters } from './parameters';

/** Margin around the screen that is searched too, in image pixels, so that no nucleus on the screen is cut. */
const MARGIN_PX = 96;
/** Larger parts are searched in a halved picture. One core searches this many pixels in 60 ms. */
const MOST_PX = 1_500_000;
/** At 40x a pixel is 1 µm then, which is enough for outlines on a screen that shows several thousand pixels at once. */
const MOST_HALVINGS = 2;

/**
 * Finds and outlines the nuclei on the screen before those of the whole picture are found. The larger the part on the
 * screen, the coarser the picture that is searched. Regions are not applied. The automatic marker threshold depends on
 * the whole picture, so it is passed as a number.
 */
export function createSketcher(scene: Scene) {
  const halved: NucleusMaps[] = [];
  function levelOf(halvings: number): NucleusMaps {
    let level: NucleusMaps = scene;
    for (let n = 0; n < halvings; n++) {
      halved[n] ??= halveMaps(level);
      level = halved[n] ?? level;
    }
    return level;
  }

  return (thresholds: SketchThresholds, corrections: Parameters['corrections'], view: Box): OutlinesInSight => {
    const halvings = halvingsFor({ width: view.x1 - view.x0, height: view.y1 - view.y0 });
    const downsample = 2 ** halvings;
    const level = levelOf(halvings);
    const box = boxAround(view, downsample, level.image);
    const part = { ...cropMaps(level, box), micronsPerPixel: scene.micronsPerPixel * downsample };
    const { nuclei, kept } = scoreImage(part, {
      thresholds: inPixelsOf(downsample, thresholds),
      corrections: corrections.map((one) => ({
        ...one,
        x: one.x / downsample - box.x0,
        y: one.y / downsample - box.y0,
        ...('x2' in one && { x2: one.x2 / downsample - box.x0, y2: one.y2 / downsample - box.y0 }),
      })),
      regions: EVERYWHERE,
    });
    return { found: toImagePixels(outlineNuclei(nuclei.table()), box, downsample), gated: kept };
  };
}

type SketchThresholds = Thresholds & { readonly markerThresh: number | null };

/** The thresholds with sizes in pixels of a picture reduced by `downsample`. */
function inPixelsOf(downsample: number, thresholds: Thresholds): Thresholds {
  const { sizeThresh, sizeThreshUpper } = thresholds;
  const pixels = (size: number) => size / downsample ** 2;
  return {
    ...thresholds,
    sizeThresh: sizeThresh === 'auto' ? sizeThresh : pixels(sizeThresh),
    sizeThreshUpper: sizeThreshUpper === null ? null : pixels(sizeThreshUpper),
  };
}

function halvingsFor({ width, height }: { width: number; height: number }): number {
  const wanted = Math.ceil(Math.log2((width * height) / MOST_PX) / 2);
  return Math.min(MOST_HALVINGS, Math.max(0, wanted));
}

const halveMaps = ({ image, segmentation, marker }: NucleusMaps): NucleusMaps => ({
  image: halve(image),
  segmentation: halve(segmentation),
  marker: marker && halve(marker),
});

/** The part on the screen and the margin around it, in pixels of a halved picture. */
function boxAround({ x0, y0, x1, y1 }: Box, downsample: number, { width, height }: Raster): Box {
  return {
    x0: Math.max(0, Math.floor((x0 - MARGIN_PX) / downsample)),
    y0: Math.max(0, Math.floor((y0 - MARGIN_PX) / downsample)),
    x1: Math.min(width, Math.ceil((x1 + MARGIN_PX) / downsample)),
    y1: Math.min(height, Math.ceil((y1 + MARGIN_PX) / downsample)),
  };
}

const cropMaps = ({ image, segmentation, marker }: NucleusMaps, box: Box): NucleusMaps => ({
  image: crop(image, box),
  segmentation: crop(segmentation, box),
  marker: marker && crop(marker, box),
});

function crop({ data, width, channels }: Raster, { x0, y0, x1, y1 }: Box): Raster {
  const cut = new Uint8Array((x1 - x0) * (y1 - y0) * channels);
  const rowBytes = (x1 - x0) * channels;
  for (let y = y0; y < y1; y++) {
    const from = (y * width + x0) * channels;
    cut.set(data.subarray(from, from + rowBytes), (y - y0) * rowBytes);
  }
  return { data: cut, width: x1 - x0, height: y1 - y0, channels };
}

/** Converts coordinates of a part of a halved picture to image pixels. A pixel becomes the middle of those that it was averaged from. */
function toImagePixels(found: OutlinedNuclei, { x0, y0 }: Box, downsample: number): OutlinedNuclei {
  const shift = (i: number) => downsample * (i % 2 === 0 ? x0 : y0);
  const middle = downsample >> 1;
  return {
    ...found,
    areaPx: found.areaPx.map((area) => area * downsample ** 2),
    centroidX: found.centroidX.map((x) => downsample * (x + 0.5) - 0.5 + shift(0)),
    centroidY: found.centroidY.map((y) => downsample * (y + 0.5) - 0.5 + shift(1)),
    bbox: found.bbox.map((value, i) => downsample * value + shift(i)),
    contourPoints: found.contourPoints.map((value, i) => downsample * value + middle + shift(i)),
  };
}
