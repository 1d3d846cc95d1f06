import { parseXml, type XmlElement, XmlError } from '@rgrove/parse-xml';
import { insideRoi } from '@/lib/scoring/gate/roi';
import type { Point } from './coordinate-frame';
import type { ReadRegion } from './read-regions';
import { Refusal } from './refusal';
import { kindOf } from './region-kind';

/** `Type` of a Region. */
const [RECTANGLE, ELLIPSE] = ['1', '2'];
const NO_AREA: Record<string, string | undefined> = { '3': 'arrow', '4': 'ruler', '5': 'counter' };
/** Of an ellipse the file states the box. */
const ELLIPSE_CORNERS = 72;
const MAX_NAME = 200;

type Part = Omit<ReadRegion, 'shape'>;
type Drawn = { name: string | null; ring: Point[]; isNegative: boolean };

export const isXml = (text: string): boolean => /^\uFEFF?\s*</.test(text);

/**
 * The regions of an annotation file of Aperio ImageScope, in pixels of the slide's full resolution.
 *
 * A layer (`Annotation`) has a name, which is taken for the class. A negative region (`NegativeROA`) is a hole in the regions of its
 * layer that it lies in; one that lies in none, or only in part, excludes for itself.
 *
 * @returns regions, and the kind of what is not a region
 * @throws Refusal with the place in the file
 */
export function* imageScopeRegions(text: string): Generator<Part | string> {
  const root = rootOf(text);
  if (root.name !== 'Annotations')
    throw new Refusal(`expected annotations of ImageScope (Annotations), got an XML file of ${root.name.slice(0, 40)}`);
  for (const [i, layer] of childrenOf(root, 'Annotation').entries()) {
    const drawn: Drawn[] = [];
    const regions = childrenOf(layer, 'Regions').flatMap((list) => childrenOf(list, 'Region'));
    for (const [j, region] of regions.entries()) {
      const read = readRegion(region, `Annotation ${i + 1}, Region ${j + 1}`);
      if (typeof read === 'string') yield read;
      else drawn.push(read);
    }
    yield* withHoles(drawn, textOf(layer.attributes.Name));
  }
}

function rootOf(text: string): XmlElement {
  try {
    const { root } = parseXml(text);
    if (root) return root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new Refusal(`expected XML that can be read, but line ${error.line}, column ${error.column} cannot`);
  }
  throw new Refusal('expected annotations of ImageScope, got an XML file without elements');
}

const childrenOf = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((node): node is XmlElement => node.type === 'element' && (node as XmlElement).name === name);

const textOf = (value: string | undefined): string | null => value?.trim().slice(0, MAX_NAME) || null;

function readRegion(region: XmlElement, place: string): Drawn | string {
  const { Type: type = '0', Text: text, NegativeROA: negative } = region.attributes;
  const kind = NO_AREA[type];
  if (kind !== undefined) return kind;
  const vertices = childrenOf(region, 'Vertices').flatMap((list) => childrenOf(list, 'Vertex'));
  const points = vertices.map(({ attributes: { X, Y } }, i): Point => {
    const [x, y] = [X, Y].map((value) => (value === undefined || value.trim() === '' ? Number.NaN : Number(value)));
    if (Number.isFinite(x) && Number.isFinite(y)) return [x, y];
    throw new Refusal(`${place}, Vertex ${i + 1}: expected two numbers as X and Y`);
  });
  const isBox = points.length === 2 && (type === RECTANGLE || type === ELLIPSE);
  if (points.length === 0) return 'empty region';
  if (points.length < 3 && !isBox) return 'open line';
  const ring = type === ELLIPSE ? ellipseIn(points) : isBox ? cornersOf(points) : points;
  return { name: textOf(text), ring: closed(ring), isNegative: negative === '1' };
}

function* withHoles(drawn: readonly Drawn[], className: string | null): Generator<Part> {
  const whole = drawn.filter(({ isNegative }) => !isNegative);
  const negative = drawn.filter(({ isNegative }) => isNegative);
  const liesIn = (hole: Drawn, region: Drawn) => {
    const isInside = insideRoi([[region.ring]]);
    return hole.ring.every(([x, y]) => isInside(x, y));
  };
  const labels = { className, metadata: {} };
  const kind = kindOf(className);
  for (const region of whole) {
    const holes = negative.filter((hole) => liesIn(hole, region)).map(({ ring }) => ring);
    yield { ...labels, name: region.name, kind, rings: [region.ring, ...holes] };
  }
  for (const hole of negative)
    if (!whole.some((region) => liesIn(hole, region)))
      yield { ...labels, name: hole.name, kind: 'exclude', rings: [hole.ring] };
}

function closed(ring: readonly Point[]): Point[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  return first[0] === last[0] && first[1] === last[1] ? [...ring] : [...ring, first];
}

function boxOf(points: readonly Point[]) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

function cornersOf(points: readonly Point[]): Point[] {
  const { x0, y0, x1, y1 } = boxOf(points);
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

function ellipseIn(points: readonly Point[]): Point[] {
  const { x0, y0, x1, y1 } = boxOf(points);
  return Array.from({ length: ELLIPSE_CORNERS }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / ELLIPSE_CORNERS;
    return [(x0 + x1 + (x1 - x0) * Math.cos(angle)) / 2, (y0 + y1 + (y1 - y0) * Math.sin(angle)) / 2];
  });
}
