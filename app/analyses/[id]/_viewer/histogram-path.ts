/**
 * A histogram of 256 counts as the outline of an area, 255 wide and `height` high, on a logarithmic scale: most of every
 * picture is dark, and what is bright would not be seen.
 */
export function histogramPath(counts: Uint32Array, height: number): string {
  const tallest = Math.log1p(counts.reduce((most, count) => Math.max(most, count), 1));
  const points = Array.from(counts, (count, x) => `L${x} ${(height * (1 - Math.log1p(count) / tallest)).toFixed(1)}`);
  return `M0 ${height}${points.join('')}L255 ${height}Z`;
}
