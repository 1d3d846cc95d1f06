import { zipFiles, zipRois } from '@/lib/client/exports/archive';
import { fetchFile, toReportJpeg } from '@/lib/client/exports/pictures';
import { writeReportPdf } from '@/lib/client/exports/report-pdf';
import { writeProvenanceJson, writeScoringJson } from '@/lib/client/exports/result-json';
import type { PictureName } from '@/lib/contracts/analysis';
import { writeNucleusCsv } from '@/lib/exchange/nucleus-csv';
import { describeObjects } from '@/lib/exchange/qupath-geojson';
import type { CollectedResult } from './collect-result';
import { type ExportOptions, writerOptions } from './export-options';

export type ResultFile = {
  label: string;
  name: string;
  make: (result: CollectedResult, options: ExportOptions) => Promise<Blob>;
};

const text =
  (type: string, write: (result: CollectedResult, options: ExportOptions) => string): ResultFile['make'] =>
  async (result, options) =>
    new Blob([write(result, options)], { type });

/** What a result can be saved as, besides its pictures. */
export const DOCUMENTS: readonly ResultFile[] = [
  { label: 'Report (PDF)', name: 'report.pdf', make: makeReport },
  {
    label: 'Scoring (JSON)',
    name: 'scoring.json',
    make: text('application/json', ({ exported }) => writeScoringJson(exported)),
  },
  {
    label: 'Nuclei (CSV)',
    name: 'nuclei.csv',
    make: text('text/csv', ({ exported }, options) =>
      writeNucleusCsv(exported.nuclei, writerOptions(exported, options)),
    ),
  },
  {
    label: 'QuPath (GeoJSON)',
    name: 'nuclei.geojson',
    make: text('application/geo+json', ({ exported }, options) =>
      JSON.stringify(describeObjects(exported.nuclei, exported.regions, writerOptions(exported, options))),
    ),
  },
  {
    label: 'ImageJ ROIs (ZIP)',
    name: 'nuclei-imagej.zip',
    make: ({ exported }, options) => zipRois(exported.nuclei, writerOptions(exported, options)),
  },
  {
    label: 'Provenance (JSON)',
    name: 'provenance.json',
    make: text('application/json', ({ exported }) => writeProvenanceJson(exported)),
  },
];

/** A picture by itself, named as the API names it. */
export const pictureFile = (picture: PictureName, label: string): ResultFile => ({
  label,
  name: `${picture}.png`,
  make: ({ pictures }) => fetchFile(urlOf(pictures, picture)),
});

/** All of it in one archive. */
export async function makeArchive(
  result: CollectedResult,
  options: ExportOptions,
  onProgress: (fraction: number) => void,
): Promise<Blob> {
  return zipFiles(
    [
      ...result.pictures.map(([picture, url]) => ({ name: `${picture}.png`, content: fetchFile(url) })),
      ...DOCUMENTS.map(({ name, make }) => ({ name, content: make(result, options) })),
    ],
    onProgress,
  );
}

export function archiveName({ exported: { sample, createdAt } }: CollectedResult): string {
  return `restain-${sample ?? createdAt.slice(0, 19).replace(/[:T]/g, '-')}.zip`;
}

async function makeReport({ exported, pictures }: CollectedResult): Promise<Blob> {
  const picture = await fetchFile(urlOf(pictures, 'SegOverlaid'));
  const pdf = await writeReportPdf(exported, await toReportJpeg(picture));
  return new Blob([new Uint8Array(pdf)], { type: 'application/pdf' });
}

function urlOf(pictures: CollectedResult['pictures'], wanted: PictureName): string {
  const found = pictures.find(([name]) => name === wanted);
  if (!found) throw new Error(`This result has no picture ${wanted}.`);
  return found[1];
}
