import type { RunGroups } from '@/lib/imaging/morphology/run-groups';
import { type LabelMap, type Place, placeOf } from '@/lib/imaging/raster';
import type { Runs } from '@/lib/imaging/runs';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import type { CellRules, CellSearch, OpenCluster } from './cell-nuclei';
import { growthReach, reachOfClusters, type SplitClusters } from './split-nuclei';

/** What a cluster is to the cell. `aside`: no nucleus of it can be the cell's own. `open`: its end is not seen. */
type ClusterState = 'aside' | 'whole' | 'open' | 'large';

/** Of a cluster that is seen whole; a part of one that is cut, in a square of the cell or beside it; nothing that is wanted. */
type LabelKind = 'whole' | 'own cut' | 'other cut' | 'aside';

/** A box in pixels of the maps; `right` and `bottom` are exclusive. */
type Box = { left: number; right: number; top: number; bottom: number };

/** Labels the clusters of some maps for one cell. */
export class Clusters {
  readonly open: OpenCluster[] = [];
  /** Of each label, counted from 0. */
  readonly #kinds: LabelKind[] = [];
  readonly #search: CellSearch;
  readonly #rules: CellRules;
  readonly #place: Place;
  readonly #own: Box;
  /** In which nuclei are wanted. */
  readonly #wanted: Box;
  readonly #reach: number;

  constructor(search: CellSearch, rules: CellRules) {
    this.#search = search;
    this.#rules = rules;
    this.#place = placeOf(search.segmentation);
    this.#own = boxIn(this.#place, search.own);
    this.#wanted = search.around ? boxIn(this.#place, search.around) : this.#own;
    this.#reach = reachOfClusters(rules.micronsPerPixel);
  }

  label(interior: Runs, split: SplitClusters): { labelMap: LabelMap; count: number } {
    const { groups, component, labelMap } = split(interior, (all, c) => this.#stateOf(boxOfGroup(all, c)) === 'whole');
    const states = Array.from({ length: groups.count }, (_, c) => this.#stateOf(boxOfGroup(groups, c)));
    for (const c of component) this.#kinds.push(states[c] === 'whole' ? 'whole' : 'aside');
    states.forEach((state, c) => {
      if (state === 'open') this.#leaveOpen(interior, groups, c);
      if (state === 'large') this.#cut({ interior, groups, labelMap, split }, c);
    });
    return { labelMap, count: this.#kinds.length };
  }

  kindOf(label: number): LabelKind {
    return this.#kinds[label];
  }

  #stateOf(box: Box): ClusterState {
    const { largestCluster, micronsPerPixel } = this.#rules;
    if (box.right - box.left > largestCluster || box.bottom - box.top > largestCluster) return 'large';
    // The centroid of a nucleus lies in its bounding box, which is that of its interior and what it grows by.
    if (!doOverlap(enlarge(box, growthReach(micronsPerPixel) + 1), this.#wanted)) return 'aside';
    return this.#isSeen(enlarge(box, this.#reach)) ? 'whole' : 'open';
  }

  /** Whether the maps go so far, or to the edge of the slide. */
  #isSeen({ left, right, top, bottom }: Box): boolean {
    const { x, y, width: slideWidth, height: slideHeight } = this.#place;
    const { width, height } = this.#search.segmentation;
    return (
      (left >= 0 || x === 0) &&
      (top >= 0 || y === 0) &&
      (right <= width || x + width === slideWidth) &&
      (bottom <= height || y + height === slideHeight)
    );
  }

  /** If the cluster is not large, all of it lies in the region that is asked for. */
  #leaveOpen(interior: Runs, groups: RunGroups, c: number): void {
    const box = boxOfGroup(groups, c);
    const most = this.#rules.largestCluster + 1;
    const around = {
      left: box.right - most,
      right: box.left + most,
      top: box.bottom - most,
      bottom: box.top + most,
    };
    const [first] = membersOf(groups, c);
    this.#ask(interior, groups, c, enlarge(around, this.#reach), interior.from[first]);
  }

  /** @param pixel - of the cluster, in the maps */
  #ask(interior: Runs, groups: RunGroups, c: number, box: Box, pixel: number): void {
    const { x, y, width, height } = this.#place;
    const { focus } = this.#search;
    if (focus && !covers(interior, groups, c, focus.x - x, focus.y - y)) return;
    const asked = { x: box.left + x, y: box.top + y, width: box.right - box.left, height: box.bottom - box.top };
    const region = intersect(asked, { x: 0, y: 0, width, height });
    const row = Math.floor(pixel / interior.width);
    if (region) this.open.push({ region, focus: { x: x + pixel - row * interior.width, y: y + row } });
  }

  /** Cuts a large cluster along the lines, and labels its parts in the squares of which something is wanted. */
  #cut(work: { interior: Runs; groups: RunGroups; labelMap: LabelMap; split: SplitClusters }, c: number): void {
    const { interior, groups, labelMap, split } = work;
    const { cutSide } = this.#rules;
    const { x: placeX, y: placeY, width: slideWidth, height: slideHeight } = this.#place;
    // What grows over a line is still wanted.
    const { left, right, top, bottom } = enlarge(this.#wanted, growthReach(this.#rules.micronsPerPixel) + 1);
    const firstOf = (edge: number, place: number) => Math.floor(Math.max(0, edge + place) / cutSide) * cutSide - place;
    for (let y = firstOf(top, placeY); y < Math.min(bottom, slideHeight - placeY); y += cutSide)
      for (let x = firstOf(left, placeX); x < Math.min(right, slideWidth - placeX); x += cutSide) {
        const square = {
          ...{ left: x, right: Math.min(slideWidth - placeX, x + cutSide) },
          ...{ top: y, bottom: Math.min(slideHeight - placeY, y + cutSide) },
        };
        const isOwn = doOverlap(square, this.#own);
        if (!isOwn && this.#wanted === this.#own) continue;
        if (!doOverlap(square, boxOfGroup(groups, c))) continue;
        const { part, firstPixel } = runsIn(interior, membersOf(groups, c), square);
        if (firstPixel === null) continue;
        const needed = enlarge(square, this.#reach);
        if (!this.#isSeen(needed)) {
          const { width, height } = interior;
          this.#ask(interior, groups, c, around(needed, { left: 0, right: width, top: 0, bottom: height }), firstPixel);
          continue;
        }
        const parts = split(part);
        paste(parts.labelMap, labelMap, square, this.#kinds.length);
        for (let n = 0; n < parts.count; n++) this.#kinds.push(isOwn ? 'own cut' : 'other cut');
      }
  }
}

/** The runs of a cluster. */
const membersOf = ({ start, members }: RunGroups, c: number): Int32Array => members.subarray(start[c], start[c + 1]);

const boxOfGroup = ({ left, right, top, bottom }: RunGroups, c: number): Box => ({
  left: left[c],
  right: right[c],
  top: top[c],
  bottom: bottom[c],
});

const boxIn = (place: Place, { x, y, width, height }: TileRegion): Box => ({
  left: x - place.x,
  right: x - place.x + width,
  top: y - place.y,
  bottom: y - place.y + height,
});

const enlarge = ({ left, right, top, bottom }: Box, by: number): Box => ({
  left: left - by,
  right: right + by,
  top: top - by,
  bottom: bottom + by,
});

const around = (a: Box, b: Box): Box => ({
  left: Math.min(a.left, b.left),
  right: Math.max(a.right, b.right),
  top: Math.min(a.top, b.top),
  bottom: Math.max(a.bottom, b.bottom),
});

const doOverlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function covers(interior: Runs, groups: RunGroups, c: number, x: number, y: number): boolean {
  if (x < 0 || x >= interior.width || y < 0 || y >= interior.height) return false;
  const pixel = y * interior.width + x;
  return membersOf(groups, c).some((r) => interior.from[r] <= pixel && pixel < interior.to[r]);
}

/** What some runs cover of a square, in the pixels of the square. @returns also the first such pixel, in the maps; null for none */
function runsIn(
  { width, from, to }: Runs,
  members: Int32Array,
  square: Box,
): { part: Runs; firstPixel: number | null } {
  const [partWidth, partHeight] = [square.right - square.left, square.bottom - square.top];
  const rowStart = new Int32Array(partHeight + 1);
  const [partFrom, partTo] = [new Int32Array(members.length), new Int32Array(members.length)];
  let firstPixel: number | null = null;
  let count = 0;
  let row = 0;
  for (const r of members) {
    const y = Math.floor(from[r] / width);
    if (y < square.top || y >= square.bottom) continue;
    const [begin, end] = [Math.max(from[r] - y * width, square.left), Math.min(to[r] - y * width, square.right)];
    if (begin >= end) continue;
    firstPixel ??= y * width + begin;
    while (row <= y - square.top) rowStart[row++] = count;
    const move = (y - square.top) * partWidth - square.left;
    partFrom[count] = begin + move;
    partTo[count++] = end + move;
  }
  while (row <= partHeight) rowStart[row++] = count;
  return { part: { width: partWidth, height: partHeight, rowStart, from: partFrom, to: partTo, count }, firstPixel };
}

/** Writes the labels of a square into the maps, each raised by `base`. */
function paste({ data, width }: LabelMap, target: LabelMap, { left, top }: Box, base: number): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const y = Math.floor(i / width);
    target.data[(y + top) * target.width + left + i - y * width] = data[i] + base;
  }
}
