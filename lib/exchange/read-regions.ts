import type { Polygon } from '@/lib/scoring/gate/roi';
import { COORDINATES, type Coordinates, type Point } from './coordinate-frame';
import { imageScopeRegions, isXml } from './image-scope-xml';
import { Refusal } from './refusal';
import { kindOf } from './region-kind';

/** A region of a file: outer ring, then holes. A MultiPolygon becomes several regions with one name and one `shape`. */
export type ReadRegion = {
  /** Counts the shapes of the file. */
  readonly shape: number;
  /** Name in the file, or null. */
  readonly name: string | null;
  /** Its class in QuPath, its layer in ImageScope; null = none. */
  readonly className: string | null;
  /** What else the file says of it, as QuPath keeps it: words by their names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `exclude` for QuPath's class `Ignore*`. */
  readonly kind: 'include' | 'exclude';
  readonly rings: Polygon;
};

export type RegionFile = {
  readonly regions: readonly ReadRegion[];
  /** What is not a region (points, lines, detections, empty shapes, arrows), counted by kind. */
  readonly skipped: readonly { readonly what: string; readonly count: number }[];
  /** What coordinates count, if the file states it. Files of Restain do. */
  readonly coordinates: Coordinates | null;
};

/** Bounds the time of point-in-polygon tests. A freehand outline has a few thousand vertices at most. */
export const MAX_REGION_VERTICES = 20_000;

const EXPECTED =
  'expected GeoJSON with a Polygon or MultiPolygon: a geometry, a Feature, a collection or an array of them';
const EXPECTED_XML = 'expected annotations of ImageScope with closed regions';
/** Collections inside collections. Real files nest less deeply. */
const MAX_DEPTH = 8;
const AREAS = ['Polygon', 'MultiPolygon'];
const NO_AREA = ['Point', 'MultiPoint', 'LineString', 'MultiLineString'];
/** QuPath's object types for what is found inside regions. */
const FOUND = ['detection', 'cell', 'tile', 'tma core', 'tma_core'];
const MAX_NAME = 200;

type Members = Record<string, unknown>;
type Labels = Pick<ReadRegion, 'name' | 'kind' | 'className' | 'metadata'>;
const UNNAMED: Labels = { name: null, kind: 'include', className: null, metadata: {} };
type Part = Omit<ReadRegion, 'shape'> & { isMore?: boolean };

/**
 * Reads regions from GeoJSON of QuPath or Restain: a FeatureCollection, an array of features, a Feature, a
 * GeometryCollection, a Polygon or a MultiPolygon; or from the XML of ImageScope. Holes and a byte order mark are allowed,
 * unknown members are ignored. All points of a ring are kept.
 *
 * @returns the regions, or a string: why the text cannot be used, with the place, what was expected and what was found.
 */
export function readRegions(text: string, maxVertices = MAX_REGION_VERTICES): RegionFile | string {
  try {
    if (isXml(text))
      return collect(imageScopeRegions(text), { maxVertices, expected: EXPECTED_XML, coordinates: null });
    const json = parse(text);
    const parts = partsOf(json, '', UNNAMED, 0);
    return collect(parts, { maxVertices, expected: EXPECTED, coordinates: coordinatesOf(json) });
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new Refusal('expected GeoJSON, got text that is not JSON');
  }
}

type Collected = { maxVertices: number; expected: string; coordinates: Coordinates | null };

function collect(parts: Iterable<Part | string>, { maxVertices, expected, coordinates }: Collected): RegionFile {
  const regions: ReadRegion[] = [];
  const counts = new Map<string, number>();
  let vertices = 0;
  let shape = -1;
  for (const part of parts) {
    if (typeof part === 'string') {
      counts.set(part, (counts.get(part) ?? 0) + 1);
      continue;
    }
    const { isMore = false, ...region } = part;
    if (!isMore) shape++;
    vertices += region.rings.reduce((sum, ring) => sum + ring.length, 0);
    regions.push({ shape, ...region });
  }
  const skipped = Array.from(counts, ([what, count]) => ({ what, count }));
  if (regions.length === 0) throw new Refusal(`${expected}, got ${skipped.length === 0 ? 'none' : listed(skipped)}`);
  if (vertices > maxVertices) throw new Refusal(`at most ${maxVertices} vertices, got ${vertices}`);
  return { regions, skipped, coordinates };
}

/** The regions below a place of the file. Yields the kind of what is not a region. */
function* partsOf(json: unknown, place: string, of: Labels, depth: number): Generator<Part | string> {
  if (depth > MAX_DEPTH) throw new Refusal(`${place}: at most ${MAX_DEPTH} collections in one another`);
  const children = childrenOf(json, place);
  if (children) {
    for (const [i, child] of children.nodes.entries()) yield* partsOf(child, join(children.place, i), of, depth + 1);
    return;
  }
  if (!isObject(json)) throw unexpected(json, place);
  const { type, geometry, properties } = json;
  if (type === 'Feature' || (type === undefined && geometry !== undefined)) {
    const known = isObject(properties) ? properties : {};
    const found = foundAs(known);
    if (found !== null) yield found;
    else if (geometry === null || geometry === undefined) yield 'Feature without geometry';
    else yield* partsOf(geometry, join(place, 'geometry'), labelsOf(known), depth + 1);
  } else yield* polygonsOf(json, place, of);
}

function childrenOf(json: unknown, place: string): { nodes: readonly unknown[]; place: string } | null {
  if (Array.isArray(json)) return { nodes: json, place };
  const { type } = isObject(json) ? json : {};
  const member = type === 'FeatureCollection' ? 'features' : type === 'GeometryCollection' ? 'geometries' : null;
  if (member === null) return null;
  const at = join(place, member);
  return { nodes: listOf((json as Members)[member], at), place: at };
}

function* polygonsOf({ type, coordinates }: Members, place: string, of: Labels): Generator<Part | string> {
  const isKnown = typeof type === 'string' && [...AREAS, ...NO_AREA].includes(type);
  if (!isKnown) throw unexpected(type, place);
  if (NO_AREA.includes(type)) return yield type;
  const at = join(place, 'coordinates');
  const outer = listOf(coordinates, at);
  const polygons = type === 'Polygon' ? [{ rings: outer, at }] : outer.map((rings, i) => ({ rings, at: join(at, i) }));
  if (outer.length === 0) return yield `empty ${type}`;
  let isMore = false;
  for (const polygon of polygons) {
    const rings = listOf(polygon.rings, polygon.at).map((ring, i) => readRing(ring, join(polygon.at, i)));
    yield rings.length === 0 ? 'empty Polygon' : { ...of, rings, isMore };
    isMore ||= rings.length > 0;
  }
}

function readRing(json: unknown, place: string): Point[] {
  const ring = listOf(json, place).map((position, i): Point => {
    if (!Array.isArray(position)) throw new Refusal(`${join(place, i)}: expected an array, got ${inWords(position)}`);
    const [x, y] = position;
    if (Number.isFinite(x) && Number.isFinite(y)) return [x, y];
    throw new Refusal(`${join(place, i)}: expected two numbers`);
  });
  if (ring.length < 4) throw new Refusal(`${place}: a ring needs four positions, the last equal to the first`);
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (first[0] !== last[0] || first[1] !== last[1]) throw new Refusal(`${place}: a ring must end where it starts`);
  return ring;
}

const isObject = (json: unknown): json is Members => typeof json === 'object' && json !== null && !Array.isArray(json);

function listOf(json: unknown, place: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw new Refusal(`${place}: expected an array, got ${inWords(json)}`);
}

const unexpected = (json: unknown, place: string) =>
  new Refusal(`${place === '' ? '' : `${place}: `}${EXPECTED}, got ${inWords(json)}`);

/** A value in a message, cut short if it is long. */
function inWords(json: unknown): string {
  if (typeof json === 'string') return JSON.stringify(json.slice(0, 40));
  return json === undefined ? 'nothing' : json === null ? 'null' : typeof json;
}

const join = (place: string, step: string | number): string => (place === '' ? `${step}` : `${place}/${step}`);

const listed = (skipped: RegionFile['skipped']): string =>
  skipped.map(({ what, count }) => `${count} ${what}`).join(', ');

/** A sentence on what was skipped; null if nothing was. */
export function describeSkipped({ regions, skipped }: Pick<RegionFile, 'regions' | 'skipped'>): string | null {
  if (skipped.length === 0) return null;
  return `Of the file ${regions.length} ${regions.length === 1 ? 'region is' : 'regions are'} used; left out, as they are no regions: ${listed(skipped)}.`;
}

function foundAs({ objectType, object_type: older }: Members): string | null {
  const type = `${objectType ?? older ?? ''}`.toLowerCase();
  return FOUND.includes(type) ? type : null;
}

const nameOf = ({ name }: Members): string | null =>
  typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, MAX_NAME) : null;

function labelsOf(properties: Members): Labels {
  const { classification, metadata } = properties;
  const named = isObject(classification) ? (classification.name ?? classification.names) : classification;
  const name = Array.isArray(named) ? named[0] : named;
  const words = isObject(metadata) ? Object.entries(metadata).filter(([, value]) => typeof value === 'string') : [];
  return {
    name: nameOf(properties),
    kind: kindOf(typeof name === 'string' ? name : null),
    className: typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, MAX_NAME) : null,
    metadata: Object.fromEntries(words) as Record<string, string>,
  };
}

function coordinatesOf(json: unknown): Coordinates | null {
  const ours = isObject(json) && isObject(json.restain) ? json.restain.coordinates : undefined;
  return COORDINATES.find((name) => name === ours) ?? null;
}
