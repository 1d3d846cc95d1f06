import type { DocumentName, ExportOptions } from '@/lib/contracts/exports';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';
import { writeNucleusCsv } from '@/lib/exchange/nucleus-csv';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import { zipRois } from './archive';
import type { ExportedResult } from './exported-result';
import { writeReportPdf } from './report-pdf';
import { writeProvenanceJson, writeScoringJson } from './result-json';

/** The documents to write, and their options. Several become one archive. */
export type DocumentRequest = { documents: readonly DocumentName[]; options: ExportOptions };

/** What documents are written from. */
export type Material = {
  exported: ExportedResult;
  /** The counted nuclei. Empty if no document lists them. */
  nuclei: readonly ExportedNucleus[];
  /** `SegOverlaid` as a JPEG of reduced size, for the report. */
  reportPicture: () => Promise<Uint8Array>;
};

type Write = (material: Material, options: ExportOptions) => string | Promise<Uint8Array>;

/** Page and server use the same writers. */
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

/** Whether a document needs the score summary. */
export const showsNumbers = (name: DocumentName): boolean => name === 'report.pdf' || name === 'scoring.json';

function placeOf({ width, height, result: { provenance } }: ExportedResult, { coordinates }: ExportOptions) {
  return {
    frame: frameOf(coordinates, { width, height }, provenance.selection),
    micronsPerPixel: provenance.microns_per_pixel,
  };
}
