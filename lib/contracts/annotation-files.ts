import type { RegionFile } from '@/lib/exchange/read-regions';
import { describeSlideRegions, type SlideOfRegions, type SlideRegion } from '@/lib/exchange/slide-regions';
import { writeImageScopeXml } from '@/lib/exchange/write-image-scope';
import {
  ANNOTATION_SHAPES,
  type Annotation,
  type AnnotationClass,
  AREA_RATINGS,
  coreAddress,
  MAX_ANNOTATION_NAME,
  parseCoreAddress,
} from './annotation';

/**
 * QuPath's names, and the colours in which the slide page draws the classes: of Okabe and Ito's palette, which people with any
 * colour blindness tell apart. White would not be seen on QuPath's own background.
 */
const QUPATH: Record<AnnotationClass, { name: string; colour: [red: number, green: number, blue: number] }> = {
  tumour: { name: 'Tumor', colour: [213, 94, 0] },
  stroma: { name: 'Stroma', colour: [0, 158, 115] },
  necrosis: { name: 'Necrosis', colour: [240, 228, 66] },
  other: { name: 'Other', colour: [86, 180, 233] },
  ignore: { name: 'Ignore*', colour: [180, 180, 180] },
  tissue: { name: 'Tissue', colour: [204, 121, 167] },
};

/** The colour of a class in reports and in QuPath. */
export const annotationColour = (name: AnnotationClass) => QUPATH[name].colour;

/** What files call the classes, in small letters. QuPath's `Region*` says no more than that it is a region. */
const NAMES: Record<string, AnnotationClass | undefined> = {
  tumor: 'tumour',
  tumour: 'tumour',
  stroma: 'stroma',
  necrosis: 'necrosis',
  other: 'other',
  'region*': 'other',
  region: 'other',
  'ignore*': 'ignore',
  ignore: 'ignore',
  tissue: 'tissue',
};
const [SHAPE, RATING, CORE] = ['Restain shape', 'Restain rating', 'Restain core'];

/** A region of a file, as an annotation without an id. */
export type ImportedAnnotation = Pick<
  Annotation,
  'class' | 'name' | 'shape' | 'polygons' | 'origin' | 'core' | 'rating'
>;

/**
 * The regions of a file as annotations; the parts of one shape are one. A class that is not known here becomes `other`, and stays
 * in the name.
 *
 * @param unclassified - the class of regions that have none
 * @returns `unknown`: the classes that are not known
 */
export function annotationsOf(
  { regions }: Pick<RegionFile, 'regions'>,
  unclassified: AnnotationClass,
): { annotations: ImportedAnnotation[]; unknown: string[] } {
  const unknown = new Set<string>();
  const byShape = new Map<number, ImportedAnnotation>();
  for (const { shape, name, kind, className, metadata, rings } of regions) {
    const before = byShape.get(shape);
    if (before) {
      byShape.set(shape, { ...before, polygons: [...before.polygons, rings] });
      continue;
    }
    const known = classOf(className);
    const stated = statedIn(metadata);
    if (className !== null && known === null) unknown.add(className);
    const called = known === null && className !== null ? [className, name].filter(Boolean).join(': ') : (name ?? '');
    byShape.set(shape, {
      class: kind === 'exclude' ? 'ignore' : (known ?? (className === null ? unclassified : 'other')),
      name: stated.core && called === coreAddress(stated.core) ? '' : called.slice(0, MAX_ANNOTATION_NAME),
      polygons: [rings],
      origin: 'imported',
      ...stated,
    });
  }
  return { annotations: [...byShape.values()], unknown: [...unknown] };
}

/** `Tumor: Positive` is a kind of `Tumor`. */
const classOf = (name: string | null): AnnotationClass | null =>
  NAMES[(name ?? '').split(':')[0]?.trim().toLowerCase() ?? ''] ?? null;

/** What an export of ours says besides. */
function statedIn(metadata: Readonly<Record<string, string>>): Pick<ImportedAnnotation, 'shape' | 'rating' | 'core'> {
  return {
    shape: ANNOTATION_SHAPES.find((shape) => shape === metadata[SHAPE]) ?? 'polygon',
    rating: AREA_RATINGS.find((rating) => rating === metadata[RATING]) ?? null,
    core: parseCoreAddress(metadata[CORE] ?? ''),
  };
}

/**
 * Annotations as GeoJSON that QuPath opens, and `annotationsOf` reads again.
 *
 * @param measured - numbers of the annotation with an id, by the names that QuPath shows.
 */
export function annotationsToGeojson(
  annotations: readonly Annotation[],
  slide: SlideOfRegions,
  measured: (id: string) => Readonly<Record<string, number>> = () => ({}),
) {
  return describeSlideRegions(regionsOf(annotations, measured), slide);
}

/** Annotations as the XML of Aperio ImageScope. The parts of one become regions of the same name. */
export const annotationsToImageScope = (annotations: readonly Annotation[], slide: SlideOfRegions): string =>
  writeImageScopeXml(
    regionsOf(annotations, () => ({})),
    slide,
  );

function regionsOf(
  annotations: readonly Annotation[],
  measured: (id: string) => Readonly<Record<string, number>>,
): SlideRegion[] {
  return annotations.map(({ id, name, class: of, shape, is_locked: isLocked, polygons, rating, core }) => ({
    // Other programs show a name, and know nothing of our metadata.
    ...{ id, name: name || (core ? coreAddress(core) : ''), isLocked, polygons, measurements: measured(id) },
    className: QUPATH[of].name,
    colour: QUPATH[of].colour,
    metadata: {
      ...(shape !== 'polygon' && { [SHAPE]: shape }),
      ...(rating !== null && { [RATING]: rating }),
      ...(core !== null && { [CORE]: coreAddress(core) }),
    },
  }));
}
