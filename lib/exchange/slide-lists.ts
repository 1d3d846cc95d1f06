import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { FEATURES } from '@/lib/scoring/classify/feature-names';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { Membranes } from '@/lib/scoring/membrane/describe-membranes';
import { CORNER, type NucleusGrid } from '@/lib/scoring/slide/nucleus-grid';
import { drawNucleus, outlineOf, type SlideNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { nucleiInZone } from '@/lib/scoring/slide/zone-members';
import { type Grades, NEGATIVE } from '@/lib/scoring/slide/zone-numbers';
import { frameOf } from './coordinate-frame';
import type { CsvForm } from './csv';
import { detailsOf, type Grade, type ListedNucleus } from './nuclei';
import { writeRegionCsv } from './nucleus-csv';
import { describeDetection, describeObjects, type GeojsonClasses, NUCLEUS } from './qupath-geojson';
import { stableUuid } from './stable-uuid';

/** The counted nuclei of a slide, for files. Coordinates are pixels of its full resolution. */
export type SlideList = {
  readonly slide: { readonly width: number; readonly height: number; readonly micronsPerPixel: number };
  readonly nuclei: SlideNuclei;
  readonly grades: Grades;
  readonly regions: RegionNames;
  /** Of all nuclei; null where they cannot be told. */
  readonly kinds: NucleusKinds | null;
  /** How kinds were told. */
  readonly kindsMadeBy: string;
  /** Of the found nuclei; null or absent where membranes were not measured. */
  readonly membranes?: Membranes | null;
  /** `FEATURES.length` numbers of each found nucleus; null unless asked for, and where kinds cannot be told. */
  readonly features: Float32Array | null;
};

/** The names of the regions that nuclei lie in: nucleus k has the text `texts[textOf[k]]`. */
export type RegionNames = { readonly texts: readonly string[]; readonly textOf: Int32Array };

export type SlideListed = ListedNucleus & { readonly regions: string };

/** So many nuclei are written at once: a hundred kilobytes, and some milliseconds. */
const CHUNK_NUCLEI = 250;

/** The counted nuclei in pieces, in the order of the table. Ids count on from piece to piece. */
export function* listSlide(list: SlideList, size = CHUNK_NUCLEI): Generator<SlideListed[]> {
  for (const places of countedNuclei(list, size))
    yield places.map(({ k, id }) => ({
      ...describeListed(list, k, id),
      outline: { polygons: outlineOf(list.nuclei, k) },
      regions: list.regions.texts[list.regions.textOf[k]],
    }));
}

function* countedNuclei({ nuclei, grades }: SlideList, size: number): Generator<{ k: number; id: number }[]> {
  let places: { k: number; id: number }[] = [];
  let id = 0;
  for (let k = 0; k < nuclei.count; k++) {
    if (grades[k] === 0) continue;
    places.push({ k, id: ++id });
    if (places.length < size) continue;
    yield places;
    places = [];
  }
  if (places.length > 0) yield places;
}

const GRADES: readonly Grade[] = ['negative', '1+', '2+', '3+'];

function describeListed(list: SlideList, k: number, id: number): Omit<ListedNucleus, 'outline'> {
  const { nuclei, grades, kinds, slide } = list;
  const { kindColumns } = nuclei;
  return {
    id,
    x: nuclei.centroidX[k] + CORNER,
    y: nuclei.centroidY[k] + CORNER,
    isPositive: grades[k] > NEGATIVE,
    grade: GRADES[grades[k] - NEGATIVE],
    areaPx: nuclei.areaPx[k],
    areaUm2: nuclei.areaPx[k] * slide.micronsPerPixel ** 2,
    markerMax: nuclei.markerMax[k],
    markerMean: nuclei.markerMean[k],
    odMean: nuclei.odMean[k],
    ...(kinds &&
      kindColumns && {
        details: {
          ...detailsOf(kindColumns, kinds, k, slide.micronsPerPixel, list.membranes),
          ...featuresOf(list, k),
        },
      }),
  };
}

function featuresOf({ features }: SlideList, k: number): { features?: Float32Array } {
  const from = k * FEATURES.length;
  // Those that were added by hand come last, and have none.
  return features && from < features.length ? { features: features.subarray(from, from + FEATURES.length) } : {};
}

const optionsOf = ({ slide, kinds, kindsMadeBy }: SlideList) => ({
  frame: frameOf('slide', slide, null),
  micronsPerPixel: slide.micronsPerPixel,
  ...(kinds && { kindsMadeBy }),
});

/** A GeoJSON FeatureCollection of detections for QuPath, in pieces of text. */
export function* writeSlideGeojson(list: SlideList, classes: GeojsonClasses): Generator<string> {
  const options = { ...optionsOf(list), classes };
  const { features: _, ...head } = describeObjects([], [], options);
  yield `${JSON.stringify(head).slice(0, -1)},"features":[`;
  let separator = '\n';
  const write = detectionWriter(list.nuclei);
  for (const places of countedNuclei(list, CHUNK_NUCLEI)) {
    const lines = places.map(({ k, id }) => {
      const nucleus = describeListed(list, k, id);
      const text = write(k, () => describeDetection(nucleus, classes));
      if (text !== null) return text;
      const listed = { ...nucleus, outline: { polygons: outlineOf(list.nuclei, k) } };
      return JSON.stringify(describeObjects([listed], [], options).features[0]);
    });
    yield separator + lines.join(',\n');
    separator = ',\n';
  }
  yield '\n]}\n';
}

/**
 * Writes the detection of a nucleus whose outline is one ring, as nearly all are: the text that `describeObjects` would give,
 * without an object for each corner. Null for any other.
 */
function detectionWriter(nuclei: SlideNuclei) {
  const places: number[] = [];
  let rings = 0;
  let text = '';
  const addCorner = (x: number, y: number) => {
    places.push(x, y);
    text += `,[${x},${y}]`;
  };
  const path = {
    moveTo: (x: number, y: number) => {
      rings++;
      places.push(x, y);
      text = `[${x},${y}]`;
    },
    lineTo: addCorner,
    closePath: () => addCorner(places[1], places[2]),
  };
  return (k: number, properties: () => object): string | null => {
    rings = 0;
    places.length = 0;
    // Ids follow from the number of rings, then the corners.
    places.push(1);
    drawNucleus(nuclei, k, path);
    if (rings !== 1) return null;
    const geometry = `{"type":"Polygon","coordinates":[[${text}]]}`;
    return `{"type":"Feature","id":"${stableUuid(NUCLEUS, places)}","geometry":${geometry},"properties":${JSON.stringify(properties())}}`;
  };
}

/** One row a nucleus, in pieces of text. */
export function* writeSlideCsv(list: SlideList, form: CsvForm): Generator<string> {
  const options = {
    ...optionsOf(list),
    form,
    hasFeatures: list.features !== null,
    hasMembranes: Boolean(list.membranes),
  };
  yield writeRegionCsv([], options, false);
  for (const nuclei of listSlide(list)) yield writeRegionCsv(nuclei, options, true);
}

/**
 * Names of the regions that each nucleus lies in, joined by `; `.
 *
 * Nuclei of the same regions share one text, so a million nuclei take four megabytes.
 */
export function namesOfRegions(
  nuclei: SlideNuclei,
  grid: NucleusGrid,
  regions: readonly { readonly name: string; readonly polygons: readonly Polygon[] }[],
): RegionNames {
  const texts = [''];
  const textOf = new Int32Array(nuclei.count);
  for (const { name, polygons } of regions) {
    const members = nucleiInZone(nuclei, grid, { include: polygons, within: [], exclude: [] });
    const longer = new Map<number, number>();
    for (const k of members) {
      let text = longer.get(textOf[k]);
      if (text === undefined) {
        text = texts.push(texts[textOf[k]] === '' ? name : `${texts[textOf[k]]}; ${name}`) - 1;
        longer.set(textOf[k], text);
      }
      textOf[k] = text;
    }
  }
  return { texts, textOf };
}
