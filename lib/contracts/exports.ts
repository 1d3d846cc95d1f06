import { z } from 'zod';
import { COORDINATES } from '@/lib/exchange/coordinate-frame';
import { CSV_FORMS } from '@/lib/exchange/csv';
import { GEOJSON_CLASSES } from '@/lib/exchange/qupath-geojson';
import { AnalysisId, PICTURE_NAMES, type PictureName } from './analysis';
import { oneOf, publish } from './text-options';

/** The files of a result besides its pictures, and their media types. */
export const DOCUMENT_TYPES = {
  'report.pdf': 'application/pdf',
  'scoring.json': 'application/json',
  'nuclei.csv': 'text/csv; charset=utf-8',
  'nuclei.geojson': 'application/geo+json',
  'nuclei-imagej.zip': 'application/zip',
  'provenance.json': 'application/json',
} as const;
export type DocumentName = keyof typeof DOCUMENT_TYPES;
export const DOCUMENT_NAMES = Object.keys(DOCUMENT_TYPES) as [DocumentName, ...DocumentName[]];

/** Everything in one file. */
export const ARCHIVE = 'all.zip';

export const pictureFile = (picture: PictureName) => `${picture}.png` as const;
export type ExportName = DocumentName | typeof ARCHIVE | ReturnType<typeof pictureFile>;
export const EXPORT_NAMES: [ExportName, ...ExportName[]] = [
  ARCHIVE,
  ...DOCUMENT_NAMES,
  ...PICTURE_NAMES.map(pictureFile),
];

export const ExportPath = z.object({
  id: AnalysisId,
  name: z.enum(EXPORT_NAMES).meta({ description: 'The file; `all.zip` holds all others', example: 'nuclei.csv' }),
});

const FEATURE_CHOICES = ['none', 'all'] as const;

/** How the files of the nuclei are written. */
export const ExportOptions = z.strictObject({
  coordinates: oneOf(COORDINATES)
    .default('image')
    .meta(
      publish(
        'What coordinates count: `image` for pixels of the picture that was analysed, `slide` for pixels of the full resolution of its file.',
        'slide',
        { type: 'string', enum: COORDINATES, default: 'image' },
      ),
    ),
  geojson_classes: oneOf(GEOJSON_CLASSES)
    .default('positive')
    .meta(
      publish(
        'Classes of `nuclei.geojson`: `positive` for Positive and Negative; `kinds` for `Tumor: Positive`, `Tumor: Negative`, and so on with `Immune cells`, `Stroma` and `Other`; `grades` for Negative, 1+, 2+ and 3+, by the intensity thresholds of the result.',
        'grades',
        { type: 'string', enum: GEOJSON_CLASSES, default: 'positive' },
      ),
    ),
  csv: oneOf(CSV_FORMS)
    .default('comma')
    .meta(
      publish(
        '`comma`: RFC 4180, decimal points. `semicolon`: semicolons, decimal commas and a byte order mark, which Excel expects in most of Europe.',
        'comma',
        { type: 'string', enum: CSV_FORMS, default: 'comma' },
      ),
    ),
  features: oneOf(FEATURE_CHOICES)
    .default('none')
    .meta(
      publish(
        '`all`: lists of nuclei have a column or measurement for each of the features that kinds are told by, relative to the nuclei of the same picture or slide.',
        'all',
        { type: 'string', enum: FEATURE_CHOICES, default: 'none' },
      ),
    ),
});
export type ExportOptions = z.output<typeof ExportOptions>;

/** For a file's name: of a shipped sample its name, of an upload, whose name is not known, when it was made. */
export const archiveName = ({ sample, createdAt }: { sample: string | null; createdAt: string }): string =>
  `restain-${sample ?? createdAt.slice(0, 19).replace(/[:T]/g, '-')}.zip`;
