import type { ScoringParameters } from '@/lib/contracts/analysis';
import type { DocumentName, ExportOptions } from '@/lib/contracts/exports';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { markNuclei } from '@/lib/exchange/mark-nuclei';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';
import { writeNucleusCsv } from '@/lib/exchange/nucleus-csv';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { countedRegions, numbersOfRegions } from '@/lib/exchange/region-numbers';
import { madeBy } from '@/lib/exchange/score-summary';
import { zipRois } from './archive';
import type { ExportedResult } from './exported-result';
import type { DrawLetter } from './letter-pictures';
import { writeReportPdf } from './report-pdf';
import { writeProvenanceJson, writeScoringJson } from './result-json';

/** The documents to write, and their options. Several become one archive. */
export type DocumentRequest = { documents: readonly DocumentName[]; options: ExportOptions };

/** What documents are written from. */
export type Material = {
  exported: ExportedResult;
  /** The counted nuclei. Empty if no document needs them. */
  nuclei: readonly ExportedNucleus[];
  /** `SegOverlaid` as a JPEG of reduced size, for the report. */
  reportPicture: () => Promise<Uint8Array>;
  /** For names whose letters the fonts of the report lack. A server has none. */
  drawLetter?: DrawLetter | undefined;
};

type Write = (material: Material, options: ExportOptions) => string | Promise<Uint8Array>;

/** Page and server use the same writers. */
const WRITERS: Record<DocumentName, Write> = {
  'report.pdf': async ({ exported, nuclei, reportPicture, drawLetter }) =>
    writeReportPdf(exported, regionsOf(exported, nuclei), await reportPicture(), drawLetter),
  'scoring.json': ({ exported, nuclei }, { coordinates }) =>
    writeScoringJson(exported, regionsOf(exported, nuclei), coordinates),
  'nuclei.csv': ({ exported, nuclei }, options) => {
    const { regions = [], corrections = [] } = exported.parameters;
    const marked = markNuclei(nuclei, { regions: countedRegions(regions), corrections });
    const hasFeatures = options.features === 'all';
    return writeNucleusCsv(marked, { ...placeOf(exported, options), form: options.csv, hasFeatures });
  },
  'nuclei.geojson': ({ exported, nuclei }, options) => {
    const { regions = [] } = exported.parameters;
    const classes = options.geojson_classes;
    return JSON.stringify(describeObjects(nuclei, regions, { ...placeOf(exported, options), classes }));
  },
  'nuclei-imagej.zip': ({ exported, nuclei }, options) => zipRois(nuclei, placeOf(exported, options)),
  'provenance.json': ({ exported }) => writeProvenanceJson(exported),
};

/** @returns text or bytes */
export const writeDocument = (
  name: DocumentName,
  material: Material,
  options: ExportOptions,
): string | Promise<Uint8Array> => WRITERS[name](material, options);

/** Whether a document is made of the nuclei: those that list them, and those that state numbers where there are regions. */
export const needsNuclei = (name: DocumentName, { regions = [] }: ScoringParameters): boolean =>
  name.startsWith('nuclei') || (showsNumbers(name) && countedRegions(regions).length > 0);

/** Whether a document needs the score summary. */
export const showsNumbers = (name: DocumentName): boolean => name === 'report.pdf' || name === 'scoring.json';

const regionsOf = (
  { parameters: { regions = [] }, width, height, result }: ExportedResult,
  nuclei: readonly ExportedNucleus[],
) => numbersOfRegions(nuclei, regions, { width, height, micronsPerPixel: result.provenance.microns_per_pixel });

function placeOf({ width, height, result: { provenance, scoring } }: ExportedResult, { coordinates }: ExportOptions) {
  return {
    frame: frameOf(coordinates, { width, height }, provenance.selection),
    micronsPerPixel: provenance.microns_per_pixel,
    kindsMadeBy: madeBy(scoring.taught ?? null),
  };
}
