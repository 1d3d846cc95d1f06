import { colourOfClass } from '@/app/_teach/class-colours';
import { CASING_PX, FINEST_STEP_PX, type OutlineLooks, strokeOutlines } from '@/app/_viewer/stroke-outlines';
import { SURE } from '@/lib/scoring/classify/propose-nucleus';
import {
  countHeat,
  HEAT_KINDS,
  type HeatKind,
  heatMapSideUm,
  heatValues,
  paintHeat,
} from '@/lib/scoring/slide/heat-map';
import { CORNER, type NucleusGrid } from '@/lib/scoring/slide/nucleus-grid';
import type { OutlinePath } from '@/lib/scoring/slide/outline-bytes';
import { drawNucleus } from '@/lib/scoring/slide/slide-nuclei';
import type { DrawnTable } from './table-core';
import type { DrawnAs, WantedPicture } from './table-protocol';

/** Points are light, so a dark rim keeps them apart from whatever is below them. */
const RIM = '#000000';

export const isHeat = (as: DrawnAs): as is HeatKind => (HEAT_KINDS as readonly string[]).includes(as);

/** Calls `use` for each nucleus whose outline may reach into a part of the slide. */
export function eachInSight(
  { side, x, y, columns, rows, starts, members, reach }: NucleusGrid,
  sight: { x: number; y: number; width: number; height: number },
  use: (k: number) => void,
): void {
  const at = (value: number, last: number) => Math.max(0, Math.min(last, Math.floor(value / side)));
  const [left, right] = [at(sight.x - reach - x, columns - 1), at(sight.x + sight.width + reach - x, columns - 1)];
  const [top, bottom] = [at(sight.y - reach - y, rows - 1), at(sight.y + sight.height + reach - y, rows - 1)];
  for (let row = top; row <= bottom; row++) {
    const [from, to] = [starts[row * columns + left] ?? 0, starts[row * columns + right + 1] ?? 0];
    for (let m = from; m < to; m++) use(members[m] as number);
  }
}

/** Outlines of the kept nuclei in sight, positive ones on top. */
export function drawOutlines(
  context: OffscreenCanvasRenderingContext2D,
  { table, graded }: DrawnTable,
  wanted: WantedPicture,
  looks: OutlineLooks,
): void {
  const { x, y, scale, ratio } = wanted;
  const { kept, positive } = graded.gated;
  const zoom = scale / ratio;
  const [negatives, positives] = [new Path2D(), new Path2D()];
  const step = FINEST_STEP_PX / zoom;
  const [negative, positiveOne] = [sparing(negatives, step), sparing(positives, step)];
  eachInSight(table.grid, wanted, (k) => {
    if (kept[k] === 1) drawNucleus(table.nuclei, k, positive[k] === 1 ? positiveOne : negative);
  });
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  const all = [
    { path: negatives, isPositive: false, alpha: 1 },
    { path: positives, isPositive: true, alpha: 1 },
  ];
  strokeOutlines(context, all, looks, zoom);
  if (wanted.areKindsShown) drawKinds(context, { table, graded }, wanted);
}

/** In CSS pixels. */
const KIND_PX = 6;

/** A square in the colour of its kind or class on each kept nucleus in sight, hollow where that is unsure. */
function drawKinds(context: OffscreenCanvasRenderingContext2D, { table, graded }: DrawnTable, wanted: WantedPicture) {
  const { kinds, nuclei } = table;
  if (!kinds) return;
  const { x, y, scale, ratio } = wanted;
  const side = KIND_PX * ratio;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineWidth = ratio;
  eachInSight(table.grid, wanted, (k) => {
    if (graded.gated.kept[k] !== 1) return;
    const colour = colourOfClass(kinds, k);
    const isSure = (kinds.likelihood[k] as number) >= SURE;
    context.strokeStyle = isSure ? RIM : colour;
    context.fillStyle = isSure ? colour : RIM;
    const left = ((nuclei.centroidX[k] as number) + CORNER - x) * scale - side / 2;
    const top = ((nuclei.centroidY[k] as number) + CORNER - y) * scale - side / 2;
    context.fillRect(left, top, side, side);
    context.strokeRect(left, top, side, side);
  });
}

/** A path without corners that are closer than `step` to the one before. */
function sparing(context: OutlinePath, step: number): OutlinePath {
  let [startX, startY, lastX, lastY] = [0, 0, 0, 0];
  return {
    moveTo(x, y) {
      [startX, startY, lastX, lastY] = [x, y, x, y];
      context.moveTo(x, y);
    },
    lineTo(x, y) {
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < step) return;
      [lastX, lastY] = [x, y];
      context.lineTo(x, y);
    },
    // Without closePath, whose time in Chromium grows with the whole path.
    closePath: () => context.lineTo(startX, startY),
  };
}

/**
 * Every kept nucleus in sight as a small square with a dark rim; positive ones are larger and lie on top. Written as pixels: a million take less
 * time than a thousand strokes.
 */
export function drawPoints(
  { table, graded }: DrawnTable,
  wanted: WantedPicture,
  looks: OutlineLooks,
  pixels: { data: Uint8ClampedArray; width: number; height: number },
): void {
  const { x, y, scale, ratio } = wanted;
  const { centroidX, centroidY } = table.nuclei;
  const { kept, positive } = graded.gated;
  const { data, width, height } = pixels;
  const paint = (
    colour: string,
    sideOf: (isPositive: boolean) => number,
    isWanted: (isPositive: boolean) => boolean,
  ) => {
    const [red, green, blue] = readColour(colour);
    eachInSight(table.grid, wanted, (k) => {
      const isPositive = positive[k] === 1;
      if (kept[k] !== 1 || !isWanted(isPositive)) return;
      const side = sideOf(isPositive);
      const left = Math.round(((centroidX[k] as number) + CORNER - x) * scale - side / 2);
      const top = Math.round(((centroidY[k] as number) + CORNER - y) * scale - side / 2);
      for (let row = Math.max(0, top); row < Math.min(height, top + side); row++)
        for (let column = Math.max(0, left); column < Math.min(width, left + side); column++) {
          const at = 4 * (row * width + column);
          data[at] = red;
          data[at + 1] = green;
          data[at + 2] = blue;
          data[at + 3] = 255;
        }
    });
  };
  const inner = (isPositive: boolean) => Math.max(1, Math.round((isPositive ? 3 : 2) * ratio));
  paint(
    RIM,
    (isPositive) => inner(isPositive) + 2 * Math.round(CASING_PX * ratio),
    () => true,
  );
  paint(looks.negativeColour, inner, (isPositive) => !isPositive);
  paint(looks.positiveColour, inner, (isPositive) => isPositive);
}

const readColour = (hex: string): [number, number, number] => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

/** A heat map of the whole slide, one pixel a square. `scale` is that of the view for which its squares are made. */
export function drawHeat({ table, graded }: DrawnTable, as: HeatKind, downsample: number) {
  const { slide, nuclei } = table;
  const map = countHeat(nuclei, graded.grades, slide, heatMapSideUm(downsample, slide.micronsPerPixel));
  return { map, pixels: paintHeat(heatValues(map, as, slide), as) };
}
