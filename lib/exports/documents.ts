import type { DocumentName, ExportOptions } from '@/lib/contracts/exports';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';
import { writeNucleusCsv } from '@/lib/exchange/nucleus-csv';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { zipRois } from './archive';
import type { ExportedResult } from './exported-result';
import { writeReportPdf } from './report-pdf';
import { writeProvenanceJson, writeScoringJson } from './result-json';

/** Which documents are wanted, and how they are to be written. Several become one archive. */
export type DocumentRequest = { documents: readonly DocumentName[]; options: ExportOptions };

/** What the documents of a result are written from. */
export type Material = {
  exported: ExportedResult;
  /** Those that count, in their order. */
  nuclei: readonly ExportedNucleus[];
  /** The picture of the report: `SegOverlaid` as JPEG, small enough for a page. */
  reportPicture: () => Promise<Uint8Array>;
};

type Write = (material: Material, options: ExportOptions) => string | Promise<Uint8Array>;

/** The one writer of each document, for page and server. */
const WRITERS: Record<DocumentName, Write> = {
  'report.pdf': async ({ exported, reportPicture }) => writeReportPdf(exported, await reportPicture()),
  'scoring.json': ({ exported }) => writeScoringJson(exported),
  'nuclei.csv': ({ exported, nuclei }, options) =>
    writeNucleusCsv(nuclei, { ...placeOf(exported, options), form: options.csv }),
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

/** Whether a document lists the nuclei. */
export const listsNuclei = (name: DocumentName): boolean => name.startsWith('nuclei');

/** Whether it shows numbers beside the labeling index. */
export const showsNumbers = (name: DocumentName): boolean => name === 'report.pdf' || name === 'scoring.json';

function placeOf({ width, height, result: { provenance } }: ExportedResult, { coordinates }: ExportOptions) {
  return {
    frame: frameOf(coordinates, { width, height }, provenance.selection),
    micronsPerPixel: provenance.microns_per_pixel,
  };
}
