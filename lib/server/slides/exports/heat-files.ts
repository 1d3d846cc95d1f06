import 'server-only';
import type { SlideExportOptions } from '@/lib/contracts/slide-exports';
import { writeOmeTiff } from '@/lib/exchange/ome-tiff';
import type { Raster } from '@/lib/imaging/raster';
import {
  countHeat,
  FEWEST_NUCLEI,
  type HeatKind,
  type HeatMap,
  heatLegend,
  heatValues,
  paintHeat,
} from '@/lib/scoring/slide/heat-map';
import { encodePng } from '@/lib/server/images/encode-png';
import { textHeight, textWidth, writeText } from './pixel-text';
import type { SlideMaterial } from './slide-material';

/** Pixels of the longer side, about. A square is a whole number of pixels. */
const PICTURE_SIDE = 1600;

async function count(material: SlideMaterial, sideUm: number): Promise<HeatMap> {
  const list = await material.list();
  return countHeat(list.nuclei, list.grades, list.slide, sideUm);
}

/** With its legend below; white where there are too few nuclei. */
export async function writeHeatPng(
  material: SlideMaterial,
  { heat_map: kind, heat_map_um: sideUm }: SlideExportOptions,
): Promise<Buffer> {
  const map = await count(material, sideUm);
  const { slide } = await material.list();
  const colours = paintHeat(heatValues(map, kind, slide), kind);
  const zoom = Math.max(1, Math.floor(PICTURE_SIDE / Math.max(map.columns, map.rows)));
  const picture = withLegend(enlarge(colours, map, zoom), kind, map.side * slide.micronsPerPixel);
  return encodePng(picture, (map.side * slide.micronsPerPixel) / zoom);
}

/** Both values of every square, and how many nuclei there are: what programs read. */
export async function writeHeatTiff(
  material: SlideMaterial,
  { heat_map_um: sideUm }: SlideExportOptions,
): Promise<Uint8Array> {
  const map = await count(material, sideUm);
  const { slide } = await material.list();
  return writeOmeTiff({
    width: map.columns,
    height: map.rows,
    micronsPerPixel: map.side * slide.micronsPerPixel,
    planes: [
      { name: 'positive, %', values: heatValues(map, 'index', slide) },
      { name: 'nuclei per mm²', values: heatValues(map, 'density', slide) },
      { name: 'nuclei', values: Float32Array.from(map.total) },
    ],
  });
}

const UNITS: Record<HeatKind, string> = { index: 'positive nuclei of all, %', density: 'nuclei per mm²' };
const EMPTY: Record<HeatKind, string> = {
  index: `white: fewer than ${FEWEST_NUCLEI} nuclei`,
  density: 'white: no nucleus',
};
const LEGEND = { step: 72, bar: 18, gap: 8, letters: 2 };

/** The picture, and below it which colour begins at which value, what that is, and how large a square is. */
function withLegend(picture: Raster, kind: HeatKind, sideUm: number): Raster {
  const { step, bar, gap, letters } = LEGEND;
  const steps = heatLegend(kind);
  const lines = [
    `${UNITS[kind]}: a colour begins at its number`,
    `squares of ${Number(sideUm.toFixed(1))} µm, ${EMPTY[kind]}`,
  ];
  const line = textHeight(letters) + gap;
  const widest = Math.max(steps.length * step, ...lines.map((text) => textWidth(text, letters)));
  const width = Math.max(picture.width, widest + 2 * gap);
  const height = picture.height + gap + bar + gap + (1 + lines.length) * line;
  const whole: Raster = { data: new Uint8Array(3 * width * height).fill(255), width, height, channels: 3 };
  for (let row = 0; row < picture.height; row++)
    whole.data.set(picture.data.subarray(3 * row * picture.width, 3 * (row + 1) * picture.width), 3 * row * width);
  let top = picture.height + gap;
  for (const [i, { from, colour }] of steps.entries()) {
    const left = gap + i * step;
    for (let row = top; row < top + bar; row++)
      for (let column = left; column < left + step; column++) whole.data.set(colour, 3 * (row * width + column));
    writeText(whole, String(from), left, top + bar + gap, letters);
  }
  top += bar + gap + line;
  for (const text of lines) {
    writeText(whole, text, gap, top, letters);
    top += line;
  }
  return whole;
}

function enlarge(colours: Uint8ClampedArray, { columns, rows }: HeatMap, zoom: number): Raster {
  const [width, height] = [columns * zoom, rows * zoom];
  const data = new Uint8Array(3 * width * height).fill(255);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 3) {
      const from = 4 * (Math.floor(y / zoom) * columns + Math.floor(x / zoom));
      if (colours[from + 3] !== 0) data.set(colours.subarray(from, from + 3), to);
    }
  return { data, width, height, channels: 3 };
}
