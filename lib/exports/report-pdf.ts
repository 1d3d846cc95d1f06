import type { PDFImage } from '@cantoo/pdf-lib';
import { MEMBRANE_WORDS, membraneLead } from '@/lib/contracts/membrane-lead';
import { percentText, wholeText } from '@/lib/contracts/whole-text';
import type { RegionNumbers } from '@/lib/exchange/region-numbers';
import type { ExportedResult } from './exported-result';
import type { DrawLetter } from './letter-pictures';
import { createPdf, type PdfLook, writeFeet } from './pdf-document';
import { type PdfColumn, PdfFlow } from './pdf-flow';
import { type Colour, drawOutlines, HOT_SPOT_COLOUR, type Outlined, type PictureArea } from './pdf-outlines';
import { PAGE } from './pdf-text';
import { reportRows } from './report-rows';

const PICTURE_HEIGHT = 330;
const CROP_SIDE = 240;
const INCLUDED: Colour = [0, 200, 180];
const EXCLUDED: Colour = [120, 120, 120];

/**
 * Writes a report: picture with regions and hot spot, numbers, regions, the hot spot by itself, settings and provenance.
 *
 * @param picture - JPEG of the whole picture with the outlines of nuclei
 */
export async function writeReportPdf(
  exported: ExportedResult,
  regions: readonly RegionNumbers[],
  picture: Uint8Array,
  drawLetter?: DrawLetter | undefined,
): Promise<Uint8Array> {
  const { label, result, width, height, summary } = exported;
  const title = label === null ? 'Restain report' : `${label} - Restain report`;
  const names = [...(label === null ? [] : [label]), ...(exported.parameters.regions ?? []).map(({ name }) => name)];
  const { document, look } = await createPdf(title, `Restain ${result.provenance.software}`, names, drawLetter);
  const flow = new PdfFlow(document, look);
  writeHeadline(flow, exported, look);

  const image = await document.embedJpg(picture);
  const outlines = outlinesOf(exported);
  const draw = (area: PictureArea, most: { width: number; height: number }) =>
    drawPart(flow, image, { width, height }, area, most, outlines);
  await draw({ x: 0, y: 0, width, height }, { width: flow.width, height: PICTURE_HEIGHT });
  if (outlines.length > 0) flow.line('Regions are drawn in green, excluded ones in grey, the hot spot in pink.');
  if (regions.length > 0) {
    flow.heading('Regions');
    flow.table(REGION_COLUMNS, regions);
  }
  flow.heading('Numbers and settings');
  flow.facts(reportRows(exported));
  if (result.warnings.length > 0) {
    flow.heading('Warnings');
    for (const { detail } of result.warnings) flow.paragraph(detail);
  }
  if (summary.hot_spot) {
    flow.reserve(CROP_SIDE + 60);
    flow.heading('Hot spot');
    await draw(areaAround(summary.hot_spot.bbox, exported), { width: CROP_SIDE, height: CROP_SIDE });
  }
  writeFeet(document, look);
  return document.save();
}

function writeHeadline(
  flow: PdfFlow,
  { label, result, summary, parameters }: ExportedResult,
  { colours }: PdfLook,
): void {
  const { scoring, percent_pos_interval: interval } = result;
  if (label !== null) flow.paragraph(label, { size: 14 });
  const counts = `${wholeText(scoring.num_pos)} positive of ${wholeText(scoring.num_total)} nuclei`;
  const sure = `95\u00a0% interval ${interval[0].toFixed(1)} to ${percentText(interval[1])}`;
  const isEmpty = scoring.num_total === 0;
  const index = isEmpty ? 'No nucleus counted' : `${percentText(scoring.percent_pos)} positive`;
  if (summary.membrane) {
    const { value, sentence } = membraneLead(summary.membrane, parameters.marker ?? null);
    flow.line(value, { size: 30, isBold: true, color: colours.dab });
    flow.paragraph(sentence);
    flow.paragraph(MEMBRANE_WORDS);
    flow.line(isEmpty ? index : `Nuclei: ${index}, ${counts}, ${sure}`, { size: 12 });
    return;
  }
  flow.line(index, { size: 30, isBold: true, color: isEmpty ? colours.ink : colours.dab });
  flow.line(isEmpty ? counts : `${counts}, ${sure}`, { size: 12 });
}

/** What is drawn over the picture, in its pixels. */
function outlinesOf({ parameters: { regions = [] }, summary: { hot_spot: spot } }: ExportedResult): Outlined[] {
  const enabled = regions.filter((region) => region.enabled);
  const drawn = enabled.map(({ kind, rings }) => ({
    polygons: [rings],
    colour: kind === 'exclude' ? EXCLUDED : INCLUDED,
  }));
  return spot ? [...drawn, { polygons: [[boxOf(spot.bbox)]], colour: HOT_SPOT_COLOUR }] : drawn;
}

type Box = readonly [x0: number, y0: number, x1: number, y1: number];

const boxOf = ([x0, y0, x1, y1]: Box) =>
  [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ] as const;

/** The hot spot and a tenth of it to each side, as far as the picture reaches. */
function areaAround([x0, y0, x1, y1]: Box, { width, height }: ExportedResult): PictureArea {
  const margin = 0.1 * (x1 - x0);
  const [x, y] = [Math.max(0, x0 - margin), Math.max(0, y0 - margin)];
  return { x, y, width: Math.min(width, x1 + margin) - x, height: Math.min(height, y1 + margin) - y };
}

/** Draws a part of the picture as large as it fits, and the outlines over it. */
async function drawPart(
  flow: PdfFlow,
  image: PDFImage,
  whole: { width: number; height: number },
  area: PictureArea,
  most: { width: number; height: number },
  outlines: readonly Outlined[],
): Promise<void> {
  const { clip, endPath, popGraphicsState, pushGraphicsState, rectangle } = await import('@cantoo/pdf-lib');
  const scale = Math.min(most.width / area.width, most.height / area.height);
  const [width, height] = [scale * area.width, scale * area.height];
  const below = flow.take(height + 14) + 4;
  const top = below + height;
  const { page } = flow;
  page.pushOperators(pushGraphicsState(), rectangle(PAGE.margin, below, width, height), clip(), endPath());
  page.drawImage(image, {
    x: PAGE.margin - scale * area.x,
    y: top + scale * area.y - scale * whole.height,
    width: scale * whole.width,
    height: scale * whole.height,
  });
  await drawOutlines(page, outlines, area, { x: PAGE.margin, top, width });
  page.pushOperators(popGraphicsState());
}

const REGION_COLUMNS: readonly PdfColumn<RegionNumbers>[] = [
  { title: 'Region', x: 0, width: 178, value: ({ name }) => name },
  {
    title: '% positive',
    x: 182,
    width: 50,
    value: ({ num_total: total, percent_pos: percent }) => (total === 0 ? 'none' : percent.toFixed(1)),
  },
  {
    title: '95 % interval',
    x: 236,
    width: 70,
    value: ({ num_total: total, percent_pos_interval: [low, high] }) =>
      total === 0 ? '' : `${low.toFixed(1)} to ${high.toFixed(1)}`,
  },
  { title: 'Positive', x: 310, width: 46, value: ({ num_pos: positive }) => wholeText(positive) },
  { title: 'Nuclei', x: 360, width: 46, value: ({ num_total: total }) => wholeText(total) },
  { title: 'mm²', x: 410, width: 40, value: ({ area_mm2: area }) => area.toFixed(3) },
  { title: 'per mm²', x: 454, width: 44, value: ({ cells_per_mm2: density }) => wholeText(density) },
];
