import { drawLetter } from '@/lib/client/draw-letter';
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
import { DOCUMENT_NAMES, type ResultFile } from './result-files';

/** One file of a result. */
export async function makeFile(file: ResultFile, result: CollectedResult, options: ExportOptions): Promise<Blob> {
  if ('picture' in file) return fetchFile(urlOf(result.pictures, file.picture));
  return toBlob(await write(file.document, result, options), DOCUMENT_TYPES[file.document]);
}

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
  const documents = DOCUMENT_NAMES.map((name) => ({ name, read: () => write(name, result, options) }));
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
  return writeDocument(name, { ...material, reportPicture, drawLetter }, options);
}

const toBlob = (content: Uint8Array | string, type: string) =>
  new Blob([typeof content === 'string' ? content : new Uint8Array(content)], { type });

function urlOf(pictures: CollectedResult['pictures'], wanted: PictureName): string {
  const found = pictures.find(([name]) => name === wanted);
  if (!found) throw new Error(`This result has no picture ${wanted}.`);
  return found[1];
}
