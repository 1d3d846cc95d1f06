import { FEATURES } from '@/lib/scoring/classify/feature-names';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { type CoordinateFrame, type PictureFrame, toFrame } from './coordinate-frame';
import { FEATURE_DIGITS, type ListedNucleus, type NucleusDetails } from './nuclei';
import { tidyRing } from './rings';
import { stableUuid } from './stable-uuid';

export const GEOJSON_CLASSES = ['positive', 'grades', 'kinds'] as const;
/** `positive`: Positive and Negative. `grades`: Negative, 1+, 2+ and 3+. `kinds`: Tumor: Positive, Tumor: Negative and so on. */
export type GeojsonClasses = (typeof GEOJSON_CLASSES)[number];

/** QuPath's own names and colours. QuPath refuses a file that has a class without a colour. */
const CLASS_COLORS = {
  Positive: [250, 62, 62],
  Negative: [112, 112, 225],
  '1+': [255, 215, 0],
  '2+': [225, 150, 50],
  '3+': [200, 50, 50],
  'Tumor: Positive': [200, 0, 0],
  'Tumor: Negative': [90, 90, 210],
  'Immune cells: Positive': [200, 60, 160],
  'Immune cells: Negative': [160, 90, 160],
  'Stroma: Positive': [190, 140, 40],
  'Stroma: Negative': [90, 160, 90],
  'Other: Positive': [220, 150, 60],
  'Other: Negative': [150, 150, 120],
  'Region*': [0, 0, 180],
  'Ignore*': [180, 180, 180],
} as const satisfies Record<string, readonly [number, number, number]>;
/** Of the classes that users name. */
const NAMED_COLORS = { Positive: [210, 90, 0], Negative: [60, 150, 160] } as const;

type KnownName = keyof typeof CLASS_COLORS;
export type ClassName = KnownName | `${string}: ${'Positive' | 'Negative'}`;
export const CLASS_NAMES = Object.keys(CLASS_COLORS) as [KnownName, ...KnownName[]];

/** QuPath's own classes, from which those of a positive and a negative nucleus are derived. */
const KIND_CLASSES = { tumour: 'Tumor', lymphocyte: 'Immune cells', stroma: 'Stroma', other: 'Other' } as const;

type Position = [x: number, y: number];
type Geometry = { type: 'Polygon'; coordinates: Position[][] } | { type: 'MultiPolygon'; coordinates: Position[][][] };

export type ObjectFeature = {
  type: 'Feature';
  /** QuPath accepts only UUIDs. */
  id: string;
  geometry: Geometry;
  properties: {
    objectType: 'detection' | 'annotation';
    name: string;
    classification: { name: ClassName; color: [number, number, number] };
    isLocked: boolean;
    measurements: Record<string, number>;
  };
};

/** The coordinate frame as files state it. `microns_per_pixel` is the size of the pixels that coordinates count. */
export type StatedFrame = CoordinateFrame & { microns_per_pixel: number };

export type ObjectCollection = {
  type: 'FeatureCollection';
  restain: StatedFrame & { kinds_made_by?: string };
  features: ObjectFeature[];
};

/** A region that a person drew. Rings as in GeoJSON, in pixels of the picture. */
export type ExportedRegion = {
  readonly name: string;
  readonly kind: 'include' | 'exclude';
  readonly enabled: boolean;
  readonly rings: Polygon;
};

export type GeojsonOptions = {
  frame: PictureFrame;
  /** Of the picture. */
  micronsPerPixel: number;
  classes: GeojsonClasses;
  /** How kinds were told; left out where they were not. */
  kindsMadeBy?: string;
};

/** Coordinates are rounded to 1 / FINENESS. On a reduced level they can be fractions. */
const FINENESS = 10_000;
const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Writes nuclei as QuPath detections and regions as annotations. */
export function describeObjects(
  nuclei: readonly ListedNucleus[],
  regions: readonly ExportedRegion[],
  options: GeojsonOptions,
): ObjectCollection {
  return {
    type: 'FeatureCollection',
    restain: {
      ...stateFrame(options.frame, options.micronsPerPixel),
      ...(options.kindsMadeBy !== undefined && { kinds_made_by: options.kindsMadeBy }),
    },
    features: [
      ...regions.filter(({ enabled }) => enabled).flatMap((region) => describeRegion(region, options)),
      ...nuclei.map((nucleus) => describeNucleus(nucleus, options)),
    ],
  };
}

/** A frame with the field names of the files. */
export function stateFrame(frame: PictureFrame, micronsPerPixel: number): StatedFrame {
  const { coordinates, level, downsample, region, scaleX } = frame;
  const { x, y, width, height } = region;
  return {
    coordinates,
    level,
    downsample,
    region: { x, y, width, height },
    microns_per_pixel: coordinates === 'slide' ? micronsPerPixel / scaleX : micronsPerPixel,
  };
}

function describeNucleus(nucleus: ListedNucleus, { frame, classes }: GeojsonOptions): ObjectFeature {
  const { polygons } = nucleus.outline;
  return {
    type: 'Feature',
    id: idOf(NUCLEUS, polygons, frame),
    geometry: describeGeometry(polygons, frame),
    properties: describeDetection(nucleus, classes),
  };
}

/** What the id of a nucleus follows from, besides its place. */
export const NUCLEUS = 'nucleus';

export function describeDetection(
  nucleus: Omit<ListedNucleus, 'outline'>,
  classes: GeojsonClasses,
): ObjectFeature['properties'] {
  return {
    objectType: 'detection',
    name: String(nucleus.id),
    classification: classificationOf(classNameOf(nucleus, classes)),
    isLocked: false,
    measurements: {
      'Nucleus: Area px^2': nucleus.areaPx,
      'Nucleus: Area µm^2': round(nucleus.areaUm2, 2),
      // The sum of red, green and blue, like QuPath's optical density sum. It is not the density of DAB.
      'Nucleus: OD sum mean': round(3 * nucleus.odMean, 4),
      'Marker max': nucleus.markerMax,
      'Marker mean': round(nucleus.markerMean, 2),
      ...(nucleus.details && describeDetails(nucleus.details)),
    },
  };
}

const describeDetails = (details: NucleusDetails) => ({
  'Nucleus: OD spread': round(details.odSpread, 4),
  'Nucleus: Brown mean': round(details.brownMean, 4),
  'Nucleus: Major axis µm': round(details.majorUm, 2),
  'Nucleus: Minor axis µm': round(details.minorUm, 2),
  'Kind likelihood': round(details.kindLikelihood, 3),
  ...(details.features && nameFeatures(details.features)),
  ...(details.membrane && {
    'Membrane: Completeness': round(details.membrane.completeness, 3),
    'Membrane: DAB OD mean': round(details.membrane.density, 4),
    'Cytoplasm: DAB OD median': round(details.membrane.cytoplasm, 4),
  }),
});

const nameFeatures = (features: ArrayLike<number>) =>
  Object.fromEntries(FEATURES.map((name, f) => [`Feature: ${name}`, round(features[f], FEATURE_DIGITS)]));

/** Without a kind `kinds` means Positive and Negative. */
function classNameOf(
  { isPositive, grade, details }: Pick<ListedNucleus, 'isPositive' | 'grade' | 'details'>,
  classes: GeojsonClasses,
): ClassName {
  const name = isPositive ? 'Positive' : 'Negative';
  if (classes === 'kinds' && details) return `${details.className ?? KIND_CLASSES[details.kind]}: ${name}`;
  return classes === 'grades' && grade !== 'negative' ? grade : name;
}

/** Empty for a region without an area. */
function describeRegion({ name, kind, rings }: ExportedRegion, { frame }: GeojsonOptions): ObjectFeature[] {
  const [outer, ...holes] = rings.map((ring, i) => tidyRing(ring, i > 0));
  if (!outer) return [];
  const polygon = [outer, ...holes.filter((ring) => ring !== null)];
  const properties = {
    objectType: 'annotation' as const,
    name,
    classification: classificationOf(kind === 'include' ? 'Region*' : 'Ignore*'),
    isLocked: true,
    measurements: {},
  };
  const id = idOf(`${kind} region ${name}`, [polygon], frame);
  return [{ type: 'Feature', id, geometry: describeGeometry([polygon], frame), properties }];
}

const colorOf = (name: ClassName): readonly [number, number, number] =>
  name in CLASS_COLORS
    ? CLASS_COLORS[name as KnownName]
    : NAMED_COLORS[name.endsWith('Positive') ? 'Positive' : 'Negative'];

const classificationOf = (name: ClassName): ObjectFeature['properties']['classification'] => ({
  name,
  color: [...colorOf(name)],
});

function describeGeometry(polygons: readonly Polygon[], frame: PictureFrame): Geometry {
  const coordinates = polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => toPosition(frame, x, y))));
  return coordinates.length === 1
    ? { type: 'Polygon', coordinates: coordinates[0] }
    : { type: 'MultiPolygon', coordinates };
}

function toPosition(frame: PictureFrame, x: number, y: number): Position {
  const [frameX, frameY] = toFrame(frame, x, y);
  return [Math.round(frameX * FINENESS) / FINENESS, Math.round(frameY * FINENESS) / FINENESS];
}

/** Follows from the place on the slide only: coordinates of the file and class do not change it. */
function idOf(what: string, polygons: readonly Polygon[], frame: PictureFrame): string {
  const onSlide: PictureFrame = { ...frame, coordinates: 'slide' };
  return stableUuid(
    what,
    polygons.flatMap((rings) => [
      rings.length,
      ...rings.flatMap((ring) => ring.flatMap(([x, y]) => toFrame(onSlide, x, y))),
    ]),
  );
}
