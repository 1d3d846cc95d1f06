import type { Polygon } from '@/lib/scoring/gate/roi';
import type { SlideOfRegions, SlideRegion } from './slide-regions';

type Layer = { readonly className: string; readonly colour: SlideRegion['colour']; readonly regions: SlideRegion[] };

/**
 * Regions of a slide as annotations of Aperio ImageScope: a layer for each class. A polygon is a region, a hole a negative region
 * behind it. A negative region is cut out of whatever it lies in on its layer, so a region with holes has a layer of its own.
 */
export function writeImageScopeXml(regions: readonly SlideRegion[], { micronsPerPixel }: SlideOfRegions): string {
  const layers = layersOf(regions).map((layer, i) => writeLayer(layer, i + 1));
  const size = micronsPerPixel === null ? '' : ` MicronsPerPixel="${micronsPerPixel}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Annotations${size}>\n${layers.join('')}</Annotations>\n`;
}

function layersOf(regions: readonly SlideRegion[]): Layer[] {
  const shared = new Map<string, Layer>();
  const layers: Layer[] = [];
  for (const region of regions) {
    const { className, colour, polygons } = region;
    const hasHoles = polygons.some((rings) => rings.length > 1);
    const known = hasHoles ? undefined : shared.get(className);
    if (known) {
      known.regions.push(region);
      continue;
    }
    const layer = { className, colour, regions: [region] };
    layers.push(layer);
    if (!hasHoles) shared.set(className, layer);
  }
  return layers;
}

function writeLayer({ className, colour: [red, green, blue], regions }: Layer, id: number): string {
  const lines: string[] = [];
  for (const { name, polygons } of regions)
    for (const rings of polygons)
      for (const [i, ring] of rings.entries()) lines.push(writeRegion(ring, name, i > 0, lines.length + 1));
  // As Windows writes a colour: red is the lowest byte.
  const colour = red + 256 * green + 65536 * blue;
  return (
    `<Annotation Id="${id}" Name="${inXml(className)}" Type="4" LineColor="${colour}" Visible="1" Selected="0">\n` +
    `<Regions>\n${lines.join('')}</Regions>\n</Annotation>\n`
  );
}

function writeRegion(ring: Polygon[number], name: string, isHole: boolean, id: number): string {
  const vertices = ring.map(([x, y]) => `<Vertex X="${round(x)}" Y="${round(y)}" Z="0"/>`);
  return (
    `<Region Id="${id}" Type="0" Zoom="1" Text="${inXml(name)}" NegativeROA="${isHole ? 1 : 0}" Analyze="1">` +
    `<Vertices>${vertices.join('')}</Vertices></Region>\n`
  );
}

const round = (value: number) => Math.round(value * 100) / 100;

/** What XML has no place for, not even written as a number, is left out. */
const UNWRITABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const inXml = (text: string): string =>
  text.replace(UNWRITABLE, '').replace(/[<>&"\t\n\r]/g, (letter) => `&#${letter.charCodeAt(0)};`);
