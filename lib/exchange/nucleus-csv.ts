import { type PictureFrame, toFrame } from './coordinate-frame';
import type { ExportedNucleus } from './nuclei';

export const CSV_FORMS = ['comma', 'semicolon'] as const;

/**
 * `comma`: RFC 4180, decimal points. `semicolon`: semicolons, decimal commas and a byte order mark, which Excel expects
 * where the comma is the decimal mark (most of Europe and South America).
 */
export type CsvForm = (typeof CSV_FORMS)[number];

const FORMS: Record<CsvForm, { separator: string; decimal: string; mark: string }> = {
  comma: { separator: ',', decimal: '.', mark: '' },
  semicolon: { separator: ';', decimal: ',', mark: '\uFEFF' },
};

type CsvOptions = { frame: PictureFrame /** Of the picture. */; micronsPerPixel: number; form: CsvForm };
type Row = { nucleus: ExportedNucleus; x: number; y: number; micronsX: number; micronsY: number; frame: PictureFrame };

/** Text, a number as it is, or a number with a fixed number of decimals. */
type Cell = string | number | [value: number, digits: number];

const COLUMNS: readonly [name: string, value: (row: Row) => Cell][] = [
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

/** A header, then one row per nucleus. No value needs quotes. */
export function writeNucleusCsv(nuclei: readonly ExportedNucleus[], options: CsvOptions): string {
  const { separator, decimal, mark } = FORMS[options.form];
  const write = (cell: Cell) => {
    if (typeof cell === 'string') return cell;
    const text = typeof cell === 'number' ? String(cell) : cell[0].toFixed(cell[1]);
    return text.replace('.', decimal);
  };
  const rows = nuclei.map((nucleus) => {
    const row = rowOf(nucleus, options);
    return COLUMNS.map(([, value]) => write(value(row))).join(separator);
  });
  return mark + [COLUMNS.map(([name]) => name).join(separator), ...rows, ''].join('\r\n');
}

function rowOf(nucleus: ExportedNucleus, { frame, micronsPerPixel }: CsvOptions): Row {
  const [x, y] = toFrame(frame, nucleus.x, nucleus.y);
  const isSlide = frame.coordinates === 'slide';
  return {
    ...{ nucleus, frame, x, y },
    micronsX: isSlide ? micronsPerPixel / frame.scaleX : micronsPerPixel,
    micronsY: isSlide ? micronsPerPixel / frame.scaleY : micronsPerPixel,
  };
}
