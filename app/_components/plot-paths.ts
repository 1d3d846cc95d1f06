/** Plots are drawn in a box of this size and stretched to their place. */
export const PLOT = { width: 100, height: 100 } as const;

/** An SVG path of the area under evenly spaced values (0 to 1), which cover `share` of the width. */
export function areaPath(values: ArrayLike<number>, share = 1): string {
  const last = values.length - 1;
  if (last < 1) return '';
  const points = Array.from(values, (value, i) => {
    const x = (PLOT.width * share * i) / last;
    return `L${x.toFixed(2)} ${(PLOT.height * (1 - value)).toFixed(1)}`;
  });
  return `M0 ${PLOT.height}${points.join('')}L${(PLOT.width * share).toFixed(2)} ${PLOT.height}Z`;
}

/** Counts scaled to 0 to 1 on a logarithmic scale. On a linear one, the most frequent value would flatten all others. */
export function logShares(counts: ArrayLike<number>): number[] {
  const logs = Array.from(counts, (count) => Math.log1p(count));
  const highest = logs.reduce((a, b) => Math.max(a, b), 0);
  return highest === 0 ? logs : logs.map((value) => value / highest);
}

/** A few round numbers along an axis that begins at 0. */
export function axisTicks(max: number, most = 5): number[] {
  const rough = max / (most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
