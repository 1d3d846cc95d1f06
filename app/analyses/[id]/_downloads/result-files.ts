import { t } from '@/app/_text/t';
import type { PictureName } from '@/lib/contracts/analysis';
import type { DocumentName } from '@/lib/contracts/exports';

/** A file that can be saved: a document, or a picture under the API's name. */
export type ResultFile = { label: string; name: string } & ({ document: DocumentName } | { picture: PictureName });

const LABELS: Record<DocumentName, string> = {
  'report.pdf': t('Report (PDF)'),
  'scoring.json': t('Scoring (JSON)'),
  'nuclei.csv': t('Nuclei (CSV)'),
  'nuclei.geojson': 'QuPath (GeoJSON)',
  'nuclei-imagej.zip': t('ImageJ ROIs (ZIP)'),
  'provenance.json': t('Provenance (JSON)'),
};
export const DOCUMENT_NAMES = Object.keys(LABELS) as DocumentName[];

/** The files of a result, besides its pictures. */
export const DOCUMENTS: readonly ResultFile[] = DOCUMENT_NAMES.map((document) => ({
  label: LABELS[document],
  name: document,
  document,
}));

export const pictureToSave = (picture: PictureName, label: string): ResultFile => ({
  label,
  name: `${picture}.png`,
  picture,
});
