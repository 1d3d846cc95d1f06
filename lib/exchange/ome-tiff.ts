import { describeOme } from './ome-xml';

/** A plane of numbers, row by row; NaN where there is none. */
export type OmePlane = { readonly name: string; readonly values: Float32Array };

type Picture = {
  readonly width: number;
  readonly height: number;
  /** Of a pixel. */
  readonly micronsPerPixel: number;
  readonly planes: readonly OmePlane[];
};

const [SHORT, LONG, ASCII] = [3, 4, 2];
const ENTRY_BYTES = 12;

/**
 * Planes of 32-bit floating-point numbers as OME-TIFF: one page a plane, not compressed, one channel each.
 *
 * @throws RangeError above 4 GB
 * @see https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html
 */
export function writeOmeTiff(picture: Picture): Uint8Array {
  const { width, height, micronsPerPixel, planes } = picture;
  const channels = planes.map(({ name }) => ({ name, samples: 1 as const }));
  const image = { name: 'heat map', type: 'float' as const, width, height, micronsPerPixel, channels };
  const description = new TextEncoder().encode(`${describeOme([image])}\0`);
  const planeBytes = 4 * width * height;
  const pageOf = (page: number): [tag: number, type: number, count: number, value: number | 'description'][] => [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 1, 32],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 1],
    ...(page === 0 ? [[270, ASCII, description.length, 'description'] as [number, number, number, 'description']] : []),
    [273, LONG, 1, 0],
    [277, SHORT, 1, 1],
    [278, LONG, 1, height],
    [279, LONG, 1, planeBytes],
    [339, SHORT, 1, 3],
  ];
  const pages = planes.map((_, page) => pageOf(page));
  const headBytes = 8 + pages.reduce((sum, page) => sum + 6 + ENTRY_BYTES * page.length, 0);
  const textAt = headBytes;
  const dataAt = Math.ceil((textAt + description.length) / 4) * 4;
  const total = dataAt + planeBytes * planes.length;
  if (total >= 2 ** 32) throw new RangeError(`${total} bytes do not fit into a plain TIFF.`);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, 8, true);
  let at = 8;
  for (const [page, entries] of pages.entries()) {
    view.setUint16(at, entries.length, true);
    at += 2;
    for (const [tag, type, count, value] of entries) {
      view.setUint16(at, tag, true);
      view.setUint16(at + 2, type, true);
      view.setUint32(at + 4, count, true);
      const stated = value === 'description' ? textAt : tag === 273 ? dataAt + page * planeBytes : value;
      if (type === SHORT) view.setUint16(at + 8, stated, true);
      else view.setUint32(at + 8, stated, true);
      at += ENTRY_BYTES;
    }
    view.setUint32(at, page + 1 < pages.length ? at + 4 : 0, true);
    at += 4;
  }
  bytes.set(description, textAt);
  for (const [page, { values }] of planes.entries())
    for (let i = 0; i < values.length; i++) view.setFloat32(dataAt + page * planeBytes + 4 * i, values[i], true);
  return bytes;
}
