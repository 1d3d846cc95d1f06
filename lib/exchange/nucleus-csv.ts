import { type PictureFrame, toFrame } from './coordinate-frame';
import { type CsvCell, type CsvForm, writeCsv } from './csv';
import {
  type ExportedNucleus,
  FEATURE_COLUMNS,
  FEATURE_DIGITS,
  type ListedNucleus,
  type NucleusDetails,
} from './nuclei';
import { madeBy } from './score-summary';

type CsvOptions = {
  frame: PictureFrame;
  /** Of the picture. */
  micronsPerPixel: number;
  form: CsvForm;
  /** How kinds were told; `prior` when left out. */
  kindsMadeBy?: string;
  /** Whether each feature is a column; by default none is. */
  hasFeatures?: boolean;
  /** Whether what was measured of membranes is a column, of a slide; by default it is not. */
  hasMembranes?: boolean;
};
type Row<Nucleus = ListedNucleus> = {
  nucleus: Nucleus;
  x: number;
  y: number;
  micronsX: number;
  micronsY: number;
  frame: PictureFrame;
};

const COLUMNS: readonly [name: string, value: (row: Row) => CsvCell][] = [
  ['id', ({ nucleus }) => nucleus.id],
  ['class', ({ nucleus }) => (nucleus.isPositive ? 'positive' : 'negative')],
  ['intensity', ({ nucleus }) => nucleus.grade],
  ['x_px', ({ x }) => [x, 2]],
  ['y_px', ({ y }) => [y, 2]],
  ['x_um', ({ x, micronsX }) => [x * micronsX, 2]],
  ['y_um', ({ y, micronsY }) => [y * micronsY, 2]],
  ['area_px', ({ nucleus }) => nucleus.areaPx],
  ['area_um2', ({ nucleus }) => [nucleus.areaUm2, 2]],
  ['marker_max', ({ nucleus }) => nucleus.markerMax],
  ['marker_mean', ({ nucleus }) => [nucleus.markerMean, 2]],
  ['od_mean', ({ nucleus }) => [nucleus.odMean, 4]],
  ['coordinates', ({ frame }) => frame.coordinates],
  ['level', ({ frame }) => frame.level],
  ['downsample', ({ frame }) => frame.downsample],
];

/** What a user drew or corrected where a nucleus lies. */
export type NucleusMarks = {
  /** Names of the regions that its centre lies in, joined by `; `. */
  readonly regions: string;
  /** `class`: its class was changed by hand; `add`: a person put it there, or brought it back; empty: neither. */
  readonly corrected: '' | 'class' | 'add' | 'split' | 'join';
};

/** They stand behind, so that programs that count columns find the others where they were. */
const DETAILS: readonly [name: string, value: (row: Row) => CsvCell][] = [
  detail('kind', ({ kind }) => kind),
  detail('kind_likelihood', ({ kindLikelihood }) => [kindLikelihood, 3]),
  detail('major_um', ({ majorUm }) => [majorUm, 2]),
  detail('minor_um', ({ minorUm }) => [minorUm, 2]),
  detail('angle_deg', ({ angle }) => [angle, 1]),
  detail('od_spread', ({ odSpread }) => [odSpread, 4]),
  detail('brown_mean', ({ brownMean }) => [brownMean, 4]),
];

/** Of the nucleus's cell; they are there where membranes were measured. */
const MEMBRANE: readonly [name: string, value: (row: Row) => CsvCell][] = [
  detail('membrane_completeness', ({ membrane }) => membrane && [membrane.completeness, 3]),
  detail('membrane_od', ({ membrane }) => membrane && [membrane.density, 4]),
  detail('cytoplasm_od', ({ membrane }) => membrane && [membrane.cytoplasm, 4]),
];

/** Empty where kinds cannot be told. */
function detail(name: string, of: (details: NucleusDetails) => CsvCell): [string, (row: Row) => CsvCell] {
  return [name, ({ nucleus }) => (nucleus.details ? of(nucleus.details) : null)];
}

const REGIONS: readonly [string, (row: Row<Pick<NucleusMarks, 'regions'> & ListedNucleus>) => CsvCell] = [
  'regions',
  ({ nucleus }) => nucleus.regions,
];

const CORRECTED: readonly [string, (row: Row<NucleusMarks & ExportedNucleus>) => CsvCell] = [
  'corrected',
  ({ nucleus }) => nucleus.corrected,
];

const PRIOR_ALONE = madeBy(null);

/** The kind where nobody named a class. */
const CLASS_NAME = detail('class_name', ({ className, kind }) => className ?? kind);

const FEATURE_CELLS = FEATURE_COLUMNS.map((name, f) =>
  detail(name, ({ features }) => (features ? [features[f], FEATURE_DIGITS] : null)),
);

const featureColumns = ({ hasFeatures = false }: CsvOptions) => (hasFeatures ? FEATURE_CELLS : []);

const madeByColumn = ({ kindsMadeBy = PRIOR_ALONE }: CsvOptions) => detail('kind_made_by', () => kindsMadeBy);

/** A header, then one row per nucleus. */
export const writeNucleusCsv = (nuclei: readonly (ExportedNucleus & NucleusMarks)[], options: CsvOptions): string =>
  writeCsv(
    [
      ...COLUMNS,
      ...DETAILS,
      REGIONS,
      CORRECTED,
      CLASS_NAME,
      madeByColumn(options),
      ...(nuclei.some(({ details }) => details.membrane !== null) ? MEMBRANE : []),
      ...featureColumns(options),
    ],
    nuclei.map((nucleus) => rowOf(nucleus, options)),
    options.form,
  );

/**
 * The same of a slide, in pieces: without what was corrected, and with `regions` before what kinds are told by.
 *
 * @param isContinued - more rows of a file that has been begun.
 */
export const writeRegionCsv = (
  nuclei: readonly (ListedNucleus & Pick<NucleusMarks, 'regions'>)[],
  options: CsvOptions,
  isContinued: boolean,
): string =>
  writeCsv(
    [
      ...[...COLUMNS, REGIONS, ...DETAILS, CLASS_NAME, madeByColumn(options)],
      ...(options.hasMembranes ? MEMBRANE : []),
      ...featureColumns(options),
    ],
    nuclei.map((nucleus) => rowOf(nucleus, options)),
    options.form,
    isContinued,
  );

function rowOf<Nucleus extends ListedNucleus>(nucleus: Nucleus, { frame, micronsPerPixel }: CsvOptions): Row<Nucleus> {
  const [x, y] = toFrame(frame, nucleus.x, nucleus.y);
  const isSlide = frame.coordinates === 'slide';
  return {
    ...{ nucleus, frame, x, y },
    micronsX: isSlide ? micronsPerPixel / frame.scaleX : micronsPerPixel,
    micronsY: isSlide ? micronsPerPixel / frame.scaleY : micronsPerPixel,
  };
}
