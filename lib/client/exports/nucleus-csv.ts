import type { ExportedNucleus } from './exported-result';

const COLUMNS: readonly [
  name: string,
  value: (nucleus: ExportedNucleus, micronsPerPixel: number) => string | number,
][] = [
  ['id', ({ id }) => id],
  ['class', ({ isPositive }) => (isPositive ? 'positive' : 'negative')],
  ['intensity', ({ grade }) => grade],
  ['x_px', ({ x }) => x.toFixed(2)],
  ['y_px', ({ y }) => y.toFixed(2)],
  ['x_um', ({ x }, micronsPerPixel) => (x * micronsPerPixel).toFixed(2)],
  ['y_um', ({ y }, micronsPerPixel) => (y * micronsPerPixel).toFixed(2)],
  ['area_px', ({ areaPx }) => areaPx],
  ['area_um2', ({ areaUm2 }) => areaUm2.toFixed(2)],
  ['marker_max', ({ markerMax }) => markerMax],
  ['marker_mean', ({ markerMean }) => markerMean.toFixed(2)],
  ['od_mean', ({ odMean }) => odMean.toFixed(4)],
];

/** One row a nucleus under a row of names; RFC 4180. No value needs quotes. */
export function writeNucleusCsv(nuclei: readonly ExportedNucleus[], micronsPerPixel: number): string {
  const rows = nuclei.map((nucleus) => COLUMNS.map(([, value]) => value(nucleus, micronsPerPixel)).join(','));
  return [COLUMNS.map(([name]) => name).join(','), ...rows, ''].join('\r\n');
}
