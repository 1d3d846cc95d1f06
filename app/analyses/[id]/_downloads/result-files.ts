import { fetchFile, toReportJpeg } from '@/lib/client/report-picture';
import type { PictureName } from '@/lib/contracts/analysis';
import {
  archiveName,
  DOCUMENT_TYPES,
  type DocumentName,
  type ExportOptions,
  pictureFile,
} from '@/lib/contracts/exports';
import { type ArchivedFile, writeArchive } from '@/lib/exports/archive';
import { writeDocument } from '@/lib/exports/documents';
import type { CollectedResult } from './collect-result';

export type ResultFile = {
  label: string;
  name: string;
  make: (result: CollectedResult, options: ExportOptions) => Promise<Blob>;
};

const LABELS: Record<DocumentName, string> = {
  'report.pdf': 'Report (PDF)',
  'scoring.json': 'Scoring (JSON)',
  'nuclei.csv': 'Nuclei (CSV)',
  'nuclei.geojson': 'QuPath (GeoJSON)',
  'nuclei-imagej.zip': 'ImageJ ROIs (ZIP)',
  'provenance.json': 'Provenance (JSON)',
};
const NAMES = Object.keys(LABELS) as DocumentName[];

/** The files of a result, besides its pictures. */
export const DOCUMENTS: readonly ResultFile[] = NAMES.map((name) => ({
  label: LABELS[name],
  name,
  make: async (result, options) => toBlob(await write(name, result, options), DOCUMENT_TYPES[name]),
}));

/** A picture, under the API's name. */
export const pictureToSave = (picture: PictureName, label: string): ResultFile => ({
  label,
  name: pictureFile(picture),
  make: ({ pictures }) => fetchFile(urlOf(pictures, picture)),
});

/** All files in one archive. */
export async function makeArchive(
  result: CollectedResult,
  options: ExportOptions,
  onProgress: (fraction: number) => void,
): Promise<Blob> {
  const pictures = result.pictures.map(([picture, url]) => ({
    name: pictureFile(picture),
    read: () => fetchFile(url),
  }));
  const documents = NAMES.map((name) => ({ name, read: () => write(name, result, options) }));
  const files = [...pictures, ...documents];
  function* reported(): Generator<ArchivedFile> {
    for (const [n, file] of files.entries()) {
      onProgress(n / files.length);
      yield file;
    }
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of writeArchive(reported())) chunks.push(chunk);
  return new Blob(chunks, { type: 'application/zip' });
}

export const nameOfArchive = ({ material }: CollectedResult): string => archiveName(material.exported);

async function write(name: DocumentName, { material, pictures }: CollectedResult, options: ExportOptions) {
  const reportPicture = async () => toReportJpeg(await fetchFile(urlOf(pictures, 'SegOverlaid')));
  return writeDocument(name, { ...material, reportPicture }, options);
}

const toBlob = (content: Uint8Array | string, type: string) =>
  new Blob([typeof content === 'string' ? content : new Uint8Array(content)], { type });

function urlOf(pictures: CollectedResult['pictures'], wanted: PictureName): string {
  const found = pictures.find(([name]) => name === wanted);
  if (!found) throw new Error(`This result has no picture ${wanted}.`);
  return found[1];
}
