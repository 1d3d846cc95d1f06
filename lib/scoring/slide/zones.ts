import type { Polygon } from '@/lib/scoring/gate/roi';

/**
 * Where nuclei count: in any of `include`, in any of `within` (everywhere if there is none), and in none of `exclude`.
 * In pixels of the full resolution, from the slide's upper left corner.
 */
export type Zone = {
  readonly include: readonly Polygon[];
  readonly within: readonly Polygon[];
  readonly exclude: readonly Polygon[];
};

type Size = { readonly width: number; readonly height: number };

/** What an annotation says about numbers. */
export type MarkedArea<Class extends string = string> = {
  readonly class: Class;
  readonly polygons: readonly Polygon[];
};

const polygonsOf = (areas: readonly MarkedArea[], ...classes: string[]): readonly Polygon[] =>
  areas.filter((area) => classes.includes(area.class)).flatMap(({ polygons }) => polygons);

export const wholeSlide = ({ width, height }: Size): Polygon => [
  [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
    [0, 0],
  ],
];

/** A region counts what lies in its own outline, less what is ignored. */
export const zoneOfArea = (area: MarkedArea, areas: readonly MarkedArea[]): Zone => ({
  include: area.polygons,
  within: [],
  exclude: area.class === 'ignore' ? [] : polygonsOf(areas, 'ignore'),
});

/** All regions of a class together, less what is ignored and, but for necrosis itself, necrotic. */
export const zoneOfClass = (name: string, areas: readonly MarkedArea[]): Zone => ({
  include: polygonsOf(areas, name),
  within: [],
  exclude: polygonsOf(areas, ...['ignore', 'necrosis'].filter((other) => other !== name)),
});

/** The slide is its tissue, or everything where no tissue is marked, less what is ignored or necrotic. */
export function zoneOfSlide(areas: readonly MarkedArea[], slide: Size): Zone {
  const tissue = polygonsOf(areas, 'tissue');
  const include = tissue.length > 0 ? tissue : [wholeSlide(slide)];
  return { include, within: [], exclude: polygonsOf(areas, 'ignore', 'necrosis') };
}

/** Where the leading number and hot spots come from: the tumour regions, or the whole slide where there is none. */
export const mainZone = (areas: readonly MarkedArea[], slide: Size): Zone =>
  hasTumour(areas) ? zoneOfClass('tumour', areas) : zoneOfSlide(areas, slide);

export const hasTumour = (areas: readonly MarkedArea[]): boolean => areas.some((area) => area.class === 'tumour');

/** The same zone without what lies beside it, which would only take time. */
export function withoutOthers({ include, within, exclude }: Zone): Zone {
  const box = boundsOf(include);
  const isNear = (polygon: Polygon) => {
    const other = boundsOf([polygon]);
    return other.left <= box.right && other.right >= box.left && other.top <= box.bottom && other.bottom >= box.top;
  };
  // Without any `within`, everything counts: the last one stays.
  const near = within.filter(isNear);
  return { include, within: near.length > 0 ? near : within.slice(0, 1), exclude: exclude.filter(isNear) };
}

export function boundsOf(polygons: readonly Polygon[]): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons)
    for (const ring of polygon)
      for (const [x, y] of ring) {
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
      }
  return { left, top, right, bottom };
}
