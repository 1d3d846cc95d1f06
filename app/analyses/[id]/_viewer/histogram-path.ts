/**
 * A histogram of 256 counts as an SVG path, 255 wide and `height` high. The scale is logarithmic: most pixels are dark,
 * and the bright ones would not be visible beside them.
 */
export function histogramPath(counts: Uint32Array, height: number): string {
  const tallest = Math.log1p(counts.reduce((most, count) => Math.max(most, count), 1));
  const points = Array.from(counts, (count, x) => `L${x} ${(height * (1 - Math.log1p(count) / tallest)).toFixed(1)}`);
  return `M0 ${height}${points.join('')}L255 ${height}Z`;
}
