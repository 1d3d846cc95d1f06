/** From here on an area is told in mm². */
const LEAST_MM2 = 0.01;

const digits = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-GB');

/** An area of so many pixels in words: mm², or µm² where it is small, or px² where the pixel size is not known. */
export function areaText(pixels: number, micronsPerPixel: number | null): string {
  if (micronsPerPixel === null) return `${digits(pixels)} px²`;
  const square = pixels * micronsPerPixel ** 2;
  const mm2 = square / 1e6;
  return mm2 >= LEAST_MM2 ? `${digits(mm2)} mm²` : `${digits(square)} µm²`;
}
