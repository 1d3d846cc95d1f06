import { type PictureWindow, type Place, placeOf, type Raster } from '@/lib/imaging/raster';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { Clusters } from './cell-clusters';
import { measureNuclei } from './measure-nuclei';
import { type MeasuredPlanes, readMeasured } from './nucleus-planes';
import { chooseRuns, type NucleusRuns } from './nucleus-runs';
import type { NucleusColumns } from './nucleus-table';
import { findNucleiBy, reachOfClusters } from './split-nuclei';

/** How the nuclei of a slide are found, wherever on it. Lengths are pixels of the full resolution. */
export type CellRules = {
  readonly probThresh: number;
  readonly micronsPerPixel: number;
  /** Clusters of touching nuclei whose bounding box is wider or higher are cut. */
  readonly largestCluster: number;
  /** They are cut along lines so far apart, from the slide's upper left corner on. Cells begin and end at such lines. */
  readonly cutSide: number;
};

/** A part of the slide's maps, and what is looked for in it. Regions are in pixels of the slide. */
export type CellSearch = {
  readonly segmentation: PictureWindow;
  /** Of the same place. */
  readonly marker: Raster | null;
  /** Scanned pixels, of the cell and some around it. */
  readonly image: PictureWindow;
  /** The cell: nuclei whose centroid lies in it are its own. */
  readonly own: TileRegion;
  /**
   * Holds the cell: of nuclei that are not the cell's own those that lie in it with a pixel are wanted too. By default the cell
   * itself, and no others.
   */
  readonly around?: TileRegion;
  /** Nothing whose centroid lies here is a nucleus. */
  readonly damaged: readonly TileRegion[];
  /** A pixel of the cluster that the search is for; null for all. Only of that cluster it is said that it needs more. */
  readonly focus: Point | null;
};

type Point = { readonly x: number; readonly y: number };

/** What a larger part of the maps is needed for. */
export type OpenCluster = { readonly region: TileRegion; readonly focus: Point };

export type CellFind = {
  /** Nuclei of the cell, and wanted ones around it, that are sure; measured in the pixels of the maps. */
  readonly columns: NucleusColumns;
  readonly runs: NucleusRuns;
  /** 1 for each that is the cell's own. */
  readonly isOwn: Uint8Array;
  /** Clusters of which more must be seen before their nuclei are known; those are left out. */
  readonly open: readonly OpenCluster[];
  /** The scanned pixels that are missing; null where all are there. Then the nuclei are not measured. */
  readonly missingPixels: TileRegion | null;
};

/** How far a search sees beyond its cell before clusters are known to be longer. */
const MARGIN_UM = 64;

/** The maps that a cell is searched in first. @param slide - its size */
export function regionOfCell(
  own: TileRegion,
  slide: { readonly width: number; readonly height: number },
  { micronsPerPixel }: Pick<CellRules, 'micronsPerPixel'>,
): TileRegion {
  return expand(own, reachOfClusters(micronsPerPixel) + Math.ceil(MARGIN_UM / micronsPerPixel), slide);
}

/** A region and what is around it, as far as the slide goes. */
export function expand(
  { x, y, width, height }: TileRegion,
  by: number,
  slide: { readonly width: number; readonly height: number },
): TileRegion {
  const [left, top] = [Math.max(0, x - by), Math.max(0, y - by)];
  return {
    x: left,
    y: top,
    width: Math.min(slide.width, x + width + by) - left,
    height: Math.min(slide.height, y + height + by) - top,
  };
}

/**
 * Finds the nuclei of one cell of a slide. Whatever part of the maps it is given, it finds the same nuclei or says that it
 * needs a larger part.
 *
 * Clusters are split as wholes. One that is larger than `largestCluster` is cut along fixed lines first. Its nuclei belong to
 * the cell that holds their square; all others to the cell that holds their centroid. A cluster whose end is not seen is
 * larger for certain if `largestCluster` of it is seen. So all cells that see a part of it decide alike.
 */
export function findInCell(search: CellSearch, rules: CellRules): CellFind {
  const { segmentation, marker, image } = search;
  const { width, height } = segmentation;
  const place = placeOf(segmentation);
  const clusters = new Clusters(search, rules);
  const planes = { width, height, segmentation, marker: null, addStain: () => undefined };
  const found = findNucleiBy(planes, rules.probThresh, rules.micronsPerPixel, (interior, split) =>
    clusters.label(interior, split),
  );
  const { kept, isOwn } = chooseNuclei(found, clusters, search);
  const runs = chooseRuns(found.runs, kept);
  const positive = found.positive.filter((_, k) => kept[k] === 1);
  const covered = boxOf(runs, width, place);
  const isThere = covered === null || isInside(covered, regionOf(image));
  const measured = measureNuclei(runs, positive.length, {
    ...{ width, height, marker: marker?.data ?? null },
    addStain: isThere ? stainIn(image, place, width) : () => undefined,
  });
  return {
    columns: { algorithm: 'watershed', ...measured, count: positive.length, positive },
    runs,
    isOwn: isOwn.filter((_, k) => kept[k] === 1),
    open: clusters.open,
    missingPixels: isThere ? null : covered,
  };
}

/**
 * Looks at more and more of the maps until all nuclei of a cell are sure, and those that are wanted around it. What several looks find is the same.
 *
 * @param look - finds what is sure in a part of the maps, by `findInCell`
 */
export async function searchCell<Look extends { readonly open: readonly OpenCluster[] }>(
  own: TileRegion,
  slide: { readonly width: number; readonly height: number },
  rules: CellRules,
  look: (region: TileRegion, focus: Point | null) => Promise<Look>,
  around: TileRegion = own,
): Promise<Look[]> {
  const looks: Look[] = [];
  const asked: { region: TileRegion; focus: Point | null }[] = [
    { region: regionOfCell(around, slide, rules), focus: null },
  ];
  for (let next = asked.shift(); next; next = asked.shift()) {
    const found = await look(next.region, next.focus);
    looks.push(found);
    asked.push(...found.open);
  }
  return looks;
}

/** 1 for each nucleus that is wanted, and for each that is the cell's own. */
function chooseNuclei(
  { runs, count, labels }: { runs: NucleusRuns; count: number; labels: Int32Array },
  clusters: Clusters,
  { segmentation, own, around, damaged }: CellSearch,
): { kept: Uint8Array; isOwn: Uint8Array } {
  const place = placeOf(segmentation);
  const [area, sumX, sumY] = [new Int32Array(count), new Float64Array(count), new Float64Array(count)];
  const isAround = new Uint8Array(count);
  for (let r = 0; r < runs.from.length; r++) {
    const k = runs.nucleus[r];
    const length = runs.to[r] - runs.from[r];
    const row = Math.floor(runs.from[r] / segmentation.width);
    const x = place.x + runs.from[r] - row * segmentation.width;
    const y = place.y + row;
    area[k] += length;
    sumX[k] += length * (x + (length - 1) / 2);
    sumY[k] += length * y;
    if (around && intersect({ x, y, width: length, height: 1 }, around)) isAround[k] = 1;
  }
  const [kept, isOwn] = [new Uint8Array(count), new Uint8Array(count)];
  for (let k = 0; k < count; k++) {
    const kind = clusters.kindOf(labels[k]);
    if (kind === 'aside') continue;
    // Sums over the slide's own coordinates: the same number whatever part of the maps is seen.
    const centroid = { x: sumX[k] / area[k] + 0.5, y: sumY[k] / area[k] + 0.5 };
    if (damaged.some((region) => holds(region, centroid))) continue;
    isOwn[k] = kind === 'own cut' || (kind === 'whole' && holds(own, centroid)) ? 1 : 0;
    kept[k] = isOwn[k] | isAround[k];
  }
  return { kept, isOwn };
}

const holds = ({ x, y, width, height }: TileRegion, point: Point): boolean =>
  point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;

const regionOf = (part: PictureWindow): TileRegion => {
  const { x, y } = placeOf(part);
  return { x, y, width: part.width, height: part.height };
};

const isInside = (inner: TileRegion, outer: TileRegion): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** The rectangle of the slide that some runs lie in; null for none. */
function boxOf({ from, to }: NucleusRuns, width: number, place: Place): TileRegion | null {
  if (from.length === 0) return null;
  let [left, right] = [width, 0];
  for (let r = 0; r < from.length; r++) {
    const row = Math.floor(from[r] / width) * width;
    left = Math.min(left, from[r] - row);
    right = Math.max(right, to[r] - row);
  }
  const [top, bottom] = [Math.floor(from[0] / width), Math.floor(from[from.length - 1] / width) + 1];
  return { x: place.x + left, y: place.y + top, width: right - left, height: bottom - top };
}

/** The stain of pixels of the maps, read from the scanned pixels of a part of the slide. */
function stainIn(image: PictureWindow, maps: Place, mapsWidth: number): MeasuredPlanes['addStain'] {
  const { addStain } = readMeasured({ image, marker: null });
  const place = placeOf(image);
  return (from, to, sums) => {
    const y = Math.floor(from / mapsWidth);
    const at = (y + maps.y - place.y) * image.width + maps.x - place.x - y * mapsWidth;
    addStain(from + at, to + at, sums);
  };
}
