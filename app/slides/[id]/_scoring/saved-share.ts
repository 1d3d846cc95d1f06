import { t } from '@/app/_text/t';
import type { SlideFileName } from '@/lib/contracts/slide-exports';

/** Bytes for each nucleus, about, so that the bar moves evenly: files of large slides had so many. Other files are small. */
const BYTES_PER_NUCLEUS: Partial<Record<SlideFileName, number>> = {
  'nuclei.geojson.gz': 100,
  'nuclei.csv.gz': 100,
  'nuclei.parquet': 150,
};

/** Bytes of a file with so many nuclei, about; null for files that are small. */
export function expectedBytes(name: SlideFileName, nuclei: number): number | null {
  const each = BYTES_PER_NUCLEUS[name];
  return each === undefined ? null : each * nuclei;
}

/** All lists of nuclei together: they are nearly all of the archive. */
export const expectedArchiveBytes = (nuclei: number): number =>
  Object.values(BYTES_PER_NUCLEUS).reduce((sum, each) => sum + each * nuclei, 0);

/** What has come of a file; never all before its end, since the size is an estimate. null where nobody knows. */
export function shareOf(bytes: number, expected: number | null): number | null {
  return expected === null || expected === 0 ? null : Math.min(0.99, bytes / expected);
}

export const savedText = (bytes: number, expected: number | null): string => {
  if (bytes === 0) return t('The server gathers the nuclei.');
  return expected === null
    ? megabytes(bytes)
    : t('{sent} of about {all}', { sent: megabytes(bytes), all: megabytes(Math.max(bytes, expected)) });
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
