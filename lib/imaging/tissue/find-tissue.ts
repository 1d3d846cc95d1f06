import { squaredDistances } from '@/lib/imaging/morphology/distance-transform';
import { fillHoles, findHoles, type Holes } from '@/lib/imaging/morphology/hole-filling';
import { groupRuns } from '@/lib/imaging/morphology/run-groups';
import type { Mask, Raster } from '@/lib/imaging/raster';
import { findRuns, invertRuns, type Runs } from '@/lib/imaging/runs';
import { type GlassColour, glassColour } from './glass-colour';
import { isPen } from './pen-colour';

/** Pixels of about this size show tissue and not its nuclei. `findTissue` takes pictures of 4 to 16 µm per pixel. */
export const TISSUE_MICRONS_PER_PIXEL = 8;

/** Gaps between tissue that are narrower than twice this are closed: fat, spread stroma, tears. */
const CLOSED_UM = 20;
/** Larger holes are glass, vessels or cysts that somebody may want to leave out. */
const LARGEST_FILLED_UM2 = 50_000;
/** A disc of 110 µm. Smaller ones are dust, drops and single cells. */
const SMALLEST_TISSUE_UM2 = 10_000;
/** Hairs, scratches and the edges of cover slips are nowhere farther than this from glass. */
const THINNEST_RADIUS_UM = 20;
/** Tissue has at least this share of pixels that are surely stained. Smears and shadows have none. */
const STAINED_SHARE = 0.02;
/** Ink fades at its border. */
const PEN_BORDER_UM = 24;
/** Less ink than this may be a pigment. */
const SMALLEST_PEN_UM2 = 20_000;

/** Of 255, after glass has been made white. A pixel may be tissue from the first on, and is surely stained from the second on. */
const COLOURED = { maybe: 11, surely: 16 };
const DARKENED = { maybe: 30, surely: 60 };
/** Colour above the noise of the glass. */
const NOISE_MARGIN = 4;
const NOISIEST = 22;

/**
 * Finds the tissue of a slide: what is coloured or dark against the glass.
 *
 * Narrow gaps and small holes are filled. Specks, thin lines, pale smears, marker pen and black borders are left out. A picture
 * without glass is all tissue; one of glass alone has none.
 *
 * @param picture - RGB, 4 to 16 µm per pixel. Where the slide has no pixels it is white.
 */
export function findTissue(picture: Raster, micronsPerPixel: number): Mask {
  const { width, height } = picture;
  const glass = glassColour(picture);
  if (glass === null) return { data: new Uint8Array(width * height).fill(1), width, height };
  const { maybe, surely, pen } = judgePixels(picture, glass);
  const perPixel = micronsPerPixel ** 2;
  const ink = findInk(pen, micronsPerPixel);
  removeInk(maybe, ink);
  const closed = close(maybe, CLOSED_UM / micronsPerPixel);
  removeInk(closed, ink);
  const runs = findRuns(closed);
  const holes: Holes = findHoles(runs);
  return keepTissue(fillHoles(runs, holes, LARGEST_FILLED_UM2 / perPixel), surely, micronsPerPixel);
}

type Judged = { maybe: Mask; surely: Mask; pen: Mask };

function judgePixels({ data, width, height }: Raster, { white, noise }: GlassColour): Judged {
  const masks = [0, 1, 2].map(() => new Uint8Array(width * height));
  const [maybe, surely, pen] = masks;
  const gains = white.map((value) => 255 / value);
  const colouredFrom = Math.max(COLOURED.maybe, Math.min(NOISIEST, noise + NOISE_MARGIN));
  for (let i = 0, at = 0; i < maybe.length; i++, at += 3) {
    const red = Math.min(255, data[at] * gains[0]);
    const green = Math.min(255, data[at + 1] * gains[1]);
    const blue = Math.min(255, data[at + 2] * gains[2]);
    const largest = Math.max(red, green, blue);
    const colour = largest - Math.min(red, green, blue);
    const darkness = 255 - largest;
    if (colour >= colouredFrom || darkness >= DARKENED.maybe) maybe[i] = 1;
    if (colour >= COLOURED.surely || darkness >= DARKENED.surely) surely[i] = 1;
    if (isPen(red, green, blue)) pen[i] = 1;
  }
  const [maybeMask, surelyMask, penMask] = masks.map((mask): Mask => ({ data: mask, width, height }));
  return { maybe: maybeMask, surely: surelyMask, pen: penMask };
}

/** Strokes of ink with their borders; null without any. */
function findInk(pen: Mask, micronsPerPixel: number): Mask | null {
  const runs = findRuns(pen);
  const strokes = groupRuns(runs);
  const ink: Mask = { ...pen, data: new Uint8Array(pen.data.length) };
  let isFound = false;
  for (let c = 0; c < strokes.count; c++) {
    if (strokes.area[c] * micronsPerPixel ** 2 < SMALLEST_PEN_UM2) continue;
    paint(ink, runs, strokes.members, strokes.start, c);
    isFound = true;
  }
  return isFound ? dilate(ink, PEN_BORDER_UM / micronsPerPixel) : null;
}

/** In place. */
function removeInk(mask: Mask, ink: Mask | null): void {
  if (ink !== null) for (let i = 0; i < mask.data.length; i++) if (ink.data[i] === 1) mask.data[i] = 0;
}

function paint(mask: Mask, runs: Runs, members: Int32Array, start: Int32Array, component: number): void {
  for (let m = start[component]; m < start[component + 1]; m++)
    mask.data.fill(1, runs.from[members[m]], runs.to[members[m]]);
}

/** All pixels within a radius of the mask; a new mask. */
function dilate(mask: Mask, radius: number): Mask {
  const distances = squaredDistances(invertRuns(findRuns(mask)));
  const data = new Uint8Array(mask.data.length);
  // Without any foreground all distances are large; pixels of the foreground have 0.
  for (let i = 0; i < data.length; i++) if (distances[i] <= radius * radius) data[i] = 1;
  return { ...mask, data };
}

function close(mask: Mask, radius: number): Mask {
  const wide = dilate(mask, radius);
  const distances = squaredDistances(findRuns(wide));
  const data = new Uint8Array(mask.data.length);
  for (let i = 0; i < data.length; i++) if (mask.data[i] === 1 || distances[i] > radius * radius) data[i] = 1;
  return { ...mask, data };
}

/** The components that are large, thick and stained enough. */
function keepTissue(runs: Runs, surely: Mask, micronsPerPixel: number): Mask {
  const { width, height } = runs;
  const mask: Mask = { data: new Uint8Array(width * height), width, height };
  const distances = squaredDistances(runs);
  const { count, start, members, area } = groupRuns(runs);
  const thick = (THINNEST_RADIUS_UM / micronsPerPixel) ** 2;
  for (let c = 0; c < count; c++) {
    if (area[c] * micronsPerPixel ** 2 < SMALLEST_TISSUE_UM2) continue;
    let stained = 0;
    let isThick = false;
    for (let m = start[c]; m < start[c + 1]; m++)
      for (let i = runs.from[members[m]]; i < runs.to[members[m]]; i++) {
        stained += surely.data[i];
        if (distances[i] > thick) isThick = true;
      }
    if (isThick && stained >= STAINED_SHARE * area[c]) paint(mask, runs, members, start, c);
  }
  return mask;
}
