import type { LiveNumbers } from './live-protocol';

/** What the counted nuclei lie in. */
export const areaInMm2 = (areaPx: number, micronsPerPixel: number): number => (areaPx * micronsPerPixel ** 2) / 1e6;

export function densityPerMm2(numbers: Pick<LiveNumbers, 'total' | 'areaPx'>, micronsPerPixel: number): number {
  const area = areaInMm2(numbers.areaPx, micronsPerPixel);
  return area === 0 ? 0 : numbers.total / area;
}

/** `15.3 µm²`, with fewer digits the larger it is. */
export function formatSquareMicrons(areaPx: number, micronsPerPixel: number): string {
  const area = areaPx * micronsPerPixel ** 2;
  return `${area.toFixed(area < 100 ? 1 : 0)} µm²`;
}
