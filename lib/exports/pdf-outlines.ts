import type { PDFPage } from '@cantoo/pdf-lib';

/** Rings of a polygon, in pixels of a picture. */
export type Rings = readonly (readonly (readonly [x: number, y: number])[])[];
export type Colour = readonly [red: number, green: number, blue: number];
export type Outlined = { readonly polygons: readonly Rings[]; readonly colour: Colour };

/** Which part of a picture is drawn, in its pixels. */
export type PictureArea = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Where the part lies on the page, in points: its left and upper edge and its width. */
type Place = { readonly x: number; readonly top: number; readonly width: number };

export const HOT_SPOT_COLOUR: Colour = [240, 0, 120];
const LINE_WIDTH = 1.2;
/** Points of an outline that are nearer on the page say nothing. */
const NEAREST_POINTS = 0.4;

/** Draws outlines over a part of a picture. */
export async function drawOutlines(
  page: PDFPage,
  outlines: readonly Outlined[],
  area: PictureArea,
  place: Place,
): Promise<void> {
  const { rgb } = await import('@cantoo/pdf-lib');
  for (const { polygons, colour } of outlines) {
    const [red, green, blue] = colour;
    const borderColor = rgb(red / 255, green / 255, blue / 255);
    for (const rings of polygons)
      page.drawSvgPath(pathOf(rings, area, place.width), {
        ...{ x: place.x, y: place.top, borderColor, borderWidth: LINE_WIDTH },
      });
  }
}

/** As a path whose origin is the picture's upper left corner, in points; parts outside of the picture are kept within it. */
function pathOf(rings: Rings, area: PictureArea, width: number): string {
  const scale = width / area.width;
  const [right, bottom] = [area.width * scale, area.height * scale];
  const place = ([x, y]: readonly [number, number]) =>
    [clamp((x - area.x) * scale, right), clamp((y - area.y) * scale, bottom)] as const;
  return rings
    .map((ring) => {
      const [first = [0, 0] as const, ...others] = ring.map(place);
      let [lastX, lastY] = first;
      let path = `M${first[0].toFixed(1)} ${first[1].toFixed(1)}`;
      for (const [x, y] of others) {
        if (Math.hypot(x - lastX, y - lastY) < NEAREST_POINTS) continue;
        path += `L${x.toFixed(1)} ${y.toFixed(1)}`;
        [lastX, lastY] = [x, y];
      }
      return `${path}Z`;
    })
    .join('');
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
