import { annotationTitle } from '@/lib/contracts/annotation';
import type { TumourCount } from '@/lib/contracts/infer';
import { MEMBRANE_WORDS, membraneLead } from '@/lib/contracts/membrane-lead';
import type { RegionNumbers, SlideScores } from '@/lib/contracts/slide-scores';
import { wholeText } from '@/lib/contracts/whole-text';
import { kindsSentence, type StatedMembranes } from '@/lib/exchange/score-summary';
import { createPdf, type PdfLook, writeFeet } from './pdf-document';
import { type PdfColumn, PdfFlow } from './pdf-flow';
import { drawOutlines, HOT_SPOT_COLOUR, type Outlined, type PictureArea, type Rings } from './pdf-outlines';
import { drawText, PAGE } from './pdf-text';

/** A part of a slide, and which one it is, in pixels of the full resolution. */
export type ReportPicture = { readonly jpeg: Uint8Array; readonly area: PictureArea };

export type SlideReportContent = {
  readonly scores: SlideScores;
  /** What the slide is stained for. */
  readonly marker: Parameters<typeof membraneLead>[1];
  readonly overview: ReportPicture;
  /** The annotations that are drawn on the overview. */
  readonly outlines: readonly Outlined[];
  /** Annotations that are not. */
  readonly notDrawn: number;
  /** The best hot spots of the first size, in their order; fewer pictures than hot spots are no fault. */
  readonly crops: readonly ReportPicture[];
  readonly protocols: readonly {
    readonly name: string;
    readonly value: string;
    readonly help: string;
    readonly sources: readonly string[];
  }[];
  readonly provenance: readonly (readonly [name: string, value: string])[];
  readonly software: string;
};

const OVERVIEW_HEIGHT = 360;
const CROP = { side: 240, gap: 19 };

/** Writes the report of a slide: overview, regions, hot spots, protocols and provenance. */
export async function writeSlideReportPdf(content: SlideReportContent): Promise<Uint8Array> {
  const { scores, software } = content;
  const { document, look } = await createPdf('Restain slide report', `Restain ${software}`);
  const flow = new PdfFlow(document, look);
  const main = scores.tumour ?? scores.slide;
  const index = main.num_total === 0 ? 'No nucleus counted' : `${main.percent_pos.toFixed(1)} % positive`;
  const { membrane } = main;
  const lead = { size: 30, isBold: true, color: look.colours.dab };
  if (membrane) {
    const { value, sentence } = membraneLead(membrane, content.marker);
    flow.line(value, lead);
    flow.paragraph(`${scores.tumour ? 'In the tumour regions' : 'In the tissue'}. ${sentence}`);
    flow.paragraph(MEMBRANE_WORDS);
    flow.line(`Nuclei: ${index}`, { size: 12 });
  } else flow.line(index, main.num_total === 0 ? { ...lead, color: look.colours.ink } : lead);
  const where = scores.tumour ? 'in the tumour regions' : 'in the tissue';
  flow.line(
    `${wholeText(main.num_pos)} of ${wholeText(main.num_total)} nuclei ${where}, 95 % interval ${boundsOf(main)} %`,
    { size: 12 },
  );
  const { tumour } = main;
  if (tumour)
    flow.line(
      `Tumour nuclei alone: ${tumour.percent_pos.toFixed(1)} % positive, ${wholeText(tumour.num_pos)} of ${wholeText(tumour.num_total)}, 95 % interval ${boundsOf(tumour)} %`,
      { size: 12 },
    );
  if (scores.is_provisional) flow.line('Provisional: not all of it is scored yet.', { size: 12, isBold: true });
  const hottest = scores.hot_spots[0];
  const outlines = [
    ...content.outlines,
    { polygons: hottest?.spots.map(({ polygon }) => polygon) ?? [], colour: HOT_SPOT_COLOUR },
  ];
  const draw = async (picture: ReportPicture, x: number, width: number, height: number, top: number) => {
    const image = await document.embedJpg(picture.jpeg);
    const size = image.scaleToFit(width, height);
    flow.page.drawImage(image, { x, y: top - size.height, ...size });
    await drawOutlines(flow.page, outlines, picture.area, { x, top, width: size.width });
    return size;
  };
  const top = flow.y - 8;
  const size = await draw(content.overview, PAGE.margin, flow.width, OVERVIEW_HEIGHT, top);
  flow.take(size.height + 8);
  flow.line(
    'Coordinates count pixels of the full resolution of the slide, from its upper left corner. Hot spots are drawn in pink.',
  );
  if (content.notDrawn > 0)
    flow.line(
      `Of ${outlines.length - 1 + content.notDrawn} annotations the first ${outlines.length - 1} are drawn; all are in the table.`,
    );
  flow.heading('Numbers');
  const rows: NumberRow[] = [
    ...(scores.tumour ? [{ name: 'Tumour regions', numbers: scores.tumour }] : []),
    { name: 'Slide (tissue)', numbers: scores.slide },
    ...scores.annotations
      .filter((annotation) => annotation.class !== 'tissue')
      .map((annotation) => ({ name: nameOf(annotation), numbers: annotation })),
  ];
  flow.table(NUMBER_COLUMNS, rows);
  if (membrane) {
    flow.heading('Membranes');
    flow.paragraph(
      `Tumour cells of a sure kind, by the stained share of their membrane and its density of DAB: stained from ${membrane.cuts.weak}, moderate from ${membrane.cuts.moderate}, strong from ${membrane.cuts.strong}; a share of ${membrane.cuts.partial} is stained in part, of ${membrane.cuts.complete} completely. Percentages are of the cells measured. The HER2 pattern is arithmetic by the 10 % shares of ASCO/CAP 2018 and 2023, no HER2 status.`,
    );
    flow.table(MEMBRANE_COLUMNS, rows.filter(hasMembrane));
  }
  if (tumour) {
    flow.heading('Tumour nuclei alone');
    flow.paragraph(`${kindsSentence(tumour.made_by)} The doubt about kinds is not in the interval.`);
    flow.table(TUMOUR_COLUMNS, rows.filter(hasTumour));
  }
  for (const { size: field, method, spots } of scores.hot_spots) {
    flow.heading(`Hot spots of ${'mm2' in field ? `${field.mm2} mm²` : `${field.nuclei} nuclei`}`);
    flow.paragraph(method);
    if (spots.length === 0) flow.line('None: no field is large enough, or holds enough nuclei.');
    else
      flow.table(
        SPOT_COLUMNS,
        spots.map((numbers, i) => ({ name: String(i + 1), numbers, polygon: numbers.polygon })),
      );
  }
  await drawCrops(flow, content.crops, draw, look);
  flow.heading('Protocols');
  for (const { name, value, help, sources } of content.protocols) {
    flow.take(4);
    flow.line(`${name}: ${value}`, { isBold: true });
    flow.paragraph(help);
    for (const source of sources) flow.line(source);
  }
  flow.heading('How it was made');
  flow.facts(content.provenance);
  for (const { detail } of scores.warnings) flow.paragraph(`Note: ${detail}`);
  writeFeet(document, look);
  return document.save();
}

type Numbers = Omit<RegionNumbers, 'is_complete' | 'membrane'> & { readonly membrane?: RegionNumbers['membrane'] } & {
  readonly is_complete?: boolean;
};
type NumberRow = { readonly name: string; readonly numbers: Numbers };

const NUMBER_COLUMNS: readonly PdfColumn<NumberRow>[] = [
  { title: 'Region', x: 0, width: 138, value: ({ name }) => name },
  { title: '% positive', x: 142, width: 46, value: ({ numbers }) => numbers.percent_pos.toFixed(1) },
  {
    title: '95 % interval',
    x: 190,
    width: 66,
    value: ({ numbers }) => boundsOf(numbers),
  },
  { title: 'Positive', x: 258, width: 42, value: ({ numbers }) => wholeText(numbers.num_pos) },
  { title: 'Nuclei', x: 302, width: 42, value: ({ numbers }) => wholeText(numbers.num_total) },
  { title: 'mm²', x: 346, width: 40, value: ({ numbers }) => numbers.area_mm2.toFixed(3) },
  { title: 'per mm²', x: 388, width: 40, value: ({ numbers }) => wholeText(numbers.cells_per_mm2) },
  { title: 'H', x: 430, width: 24, value: ({ numbers }) => String(numbers.h_score) },
  {
    title: 'Allred',
    x: 455,
    width: 44,
    value: ({ numbers }) => `${numbers.allred.total}${numbers.is_complete === false ? ' prov.' : ''}`,
  },
];

const boundsOf = ({ percent_pos_interval: bounds }: Pick<Numbers, 'percent_pos_interval'>) =>
  bounds.map((bound) => bound.toFixed(1)).join(' to ');

type TumourRow = { readonly name: string; readonly numbers: { readonly tumour: TumourCount } };
const hasTumour = (row: NumberRow): row is NumberRow & TumourRow => row.numbers.tumour !== null;

const TUMOUR_COLUMNS: readonly PdfColumn<TumourRow>[] = [
  { title: 'Region', x: 0, width: 138, value: ({ name }) => name },
  { title: '% positive', x: 142, width: 46, value: ({ numbers }) => numbers.tumour.percent_pos.toFixed(1) },
  { title: '95 % interval', x: 190, width: 66, value: ({ numbers }) => boundsOf(numbers.tumour) },
  { title: 'Positive', x: 258, width: 42, value: ({ numbers }) => wholeText(numbers.tumour.num_pos) },
  { title: 'Tumour nuclei', x: 302, width: 80, value: ({ numbers }) => wholeText(numbers.tumour.num_total) },
];

type MembraneRow = { readonly name: string; readonly numbers: { readonly membrane: StatedMembranes } };
const hasMembrane = (row: NumberRow): row is NumberRow & MembraneRow => (row.numbers.membrane ?? null) !== null;

/** Weak, moderate and strong, in % of the cells measured. */
const sharesOf = ({ tumour }: StatedMembranes, share: 'complete' | 'incomplete') =>
  Object.values(tumour[share])
    .map((cells) => ((100 * cells) / Math.max(1, tumour.num_total)).toFixed(1))
    .join(', ');

const MEMBRANE_COLUMNS: readonly PdfColumn<MembraneRow>[] = [
  { title: 'Region', x: 0, width: 116, value: ({ name }) => name },
  { title: 'TPS %', x: 120, width: 36, value: ({ numbers: { membrane } }) => membrane.tps.toFixed(1) },
  {
    title: '95 % interval',
    x: 158,
    width: 62,
    value: ({ numbers: { membrane } }) => membrane.tps_interval.map((bound) => bound.toFixed(1)).join(' to '),
  },
  { title: 'CPS', x: 222, width: 30, value: ({ numbers: { membrane } }) => membrane.cps?.toFixed(1) ?? 'none' },
  {
    title: 'HER2',
    x: 254,
    width: 30,
    value: ({ numbers: { membrane } }) => (membrane.her2_pattern === null ? 'none' : String(membrane.her2_pattern)),
  },
  { title: 'Complete', x: 288, width: 80, value: ({ numbers: { membrane } }) => sharesOf(membrane, 'complete') },
  { title: 'Incomplete', x: 372, width: 80, value: ({ numbers: { membrane } }) => sharesOf(membrane, 'incomplete') },
  { title: 'Cells', x: 456, width: 43, value: ({ numbers: { membrane } }) => wholeText(membrane.tumour.num_total) },
];

type SpotRow = NumberRow & { readonly polygon: Rings };

const SPOT_COLUMNS: readonly PdfColumn<SpotRow>[] = [
  { ...(NUMBER_COLUMNS[0] as PdfColumn<NumberRow>), title: 'No.', width: 24 },
  {
    title: 'Upper left corner, side',
    x: 26,
    width: 114,
    value: ({ polygon }) => {
      const [[left, top] = [0, 0], [right] = [0, 0]] = polygon[0] ?? [];
      return `${left}, ${top}; ${right - left} px`;
    },
  },
  ...NUMBER_COLUMNS.slice(1),
];

/** The class as the page writes it, and the name. */
const nameOf = (annotation: SlideScores['annotations'][number]) =>
  [annotation.class.replace(/^./, (first) => first.toUpperCase()), annotationTitle(annotation)]
    .filter(Boolean)
    .join(': ');

type Draw = (
  picture: ReportPicture,
  x: number,
  width: number,
  height: number,
  top: number,
) => Promise<{ height: number }>;

/** Two beside each other. */
async function drawCrops(flow: PdfFlow, crops: readonly ReportPicture[], draw: Draw, { plain, colours }: PdfLook) {
  if (crops.length === 0) return;
  flow.reserve(CROP.side + 60);
  flow.heading('The hottest fields');
  for (let first = 0; first < crops.length; first += 2) {
    flow.take(CROP.side + 20);
    const top = flow.y + CROP.side + 16;
    for (const [n, crop] of crops.slice(first, first + 2).entries()) {
      const x = PAGE.margin + n * (CROP.side + CROP.gap);
      const { height } = await draw(crop, x, CROP.side, CROP.side, top);
      drawText(flow.page, plain, `Hot spot ${first + n + 1}`, x, top - height - 11, 9, colours.muted);
    }
  }
}
