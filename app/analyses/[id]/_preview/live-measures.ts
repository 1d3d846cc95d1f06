/** `15.3 µm²`, with one digit below 100. */
export function formatSquareMicrons(areaPx: number, micronsPerPixel: number): string {
  const area = areaPx * micronsPerPixel ** 2;
  return `${area.toFixed(area < 100 ? 1 : 0)} µm²`;
}
