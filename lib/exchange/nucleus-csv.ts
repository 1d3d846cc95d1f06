import { type PictureFrame, toFrame } from './coordinate-frame';
import { type CsvCell, type CsvForm, writeCsv } from './csv';
import type { ExportedNucleus } from './nuclei';

type CsvOptions = { frame: PictureFrame /** Of the picture. */; micronsPerPixel: number; form: CsvForm };
type Row = { nucleus: ExportedNucleus; x: number; y: number; micronsX: number; micronsY: number; frame: PictureFrame };

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

/** A header, then one row per nucleus. */
export const writeNucleusCsv = (nuclei: readonly ExportedNucleus[], options: CsvOptions): string =>
  writeCsv(
    COLUMNS,
    nuclei.map((nucleus) => rowOf(nucleus, options)),
    options.form,
  );

function rowOf(nucleus: ExportedNucleus, { frame, micronsPerPixel }: CsvOptions): Row {
  const [x, y] = toFrame(frame, nucleus.x, nucleus.y);
  const isSlide = frame.coordinates === 'slide';
  return {
    ...{ nucleus, frame, x, y },
    micronsX: isSlide ? micronsPerPixel / frame.scaleX : micronsPerPixel,
    micronsY: isSlide ? micronsPerPixel / frame.scaleY : micronsPerPixel,
  };
}
