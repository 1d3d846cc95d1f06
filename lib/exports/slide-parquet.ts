import { frameOf } from '@/lib/exchange/coordinate-frame';
import { FEATURE_COLUMNS } from '@/lib/exchange/nuclei';
import { stateFrame } from '@/lib/exchange/qupath-geojson';
import { listSlide, type SlideList, type SlideListed } from '@/lib/exchange/slide-lists';
import { polygonsToWkb } from '@/lib/exchange/wkb';

/** Rows that are written at once, in some tens of milliseconds. Readers load one group after the other. */
const GROUP_ROWS = 2000;

type Column = {
  readonly name: string;
  readonly type: 'INT32' | 'STRING' | 'DOUBLE' | 'FLOAT' | 'BYTE_ARRAY';
  /** null where it is not known. */
  readonly value: (nucleus: SlideListed) => number | string | Uint8Array | null;
};

/** No two outlines are equal, and the smallest one says nothing. */
const PLAIN = { encoding: 'PLAIN', statistics: false } as const;

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'INT32', value: ({ id }) => id },
  { name: 'class', type: 'STRING', value: ({ isPositive }) => (isPositive ? 'positive' : 'negative') },
  { name: 'intensity', type: 'STRING', value: ({ grade }) => grade },
  { name: 'x_px', type: 'DOUBLE', value: ({ x }) => x },
  { name: 'y_px', type: 'DOUBLE', value: ({ y }) => y },
  { name: 'area_px', type: 'INT32', value: ({ areaPx }) => areaPx },
  { name: 'area_um2', type: 'DOUBLE', value: ({ areaUm2 }) => areaUm2 },
  { name: 'marker_max', type: 'INT32', value: ({ markerMax }) => markerMax },
  { name: 'marker_mean', type: 'FLOAT', value: ({ markerMean }) => markerMean },
  { name: 'od_mean', type: 'FLOAT', value: ({ odMean }) => odMean },
  { name: 'regions', type: 'STRING', value: ({ regions }) => regions },
  { name: 'kind', type: 'STRING', value: ({ details }) => details?.kind ?? null },
  { name: 'kind_likelihood', type: 'FLOAT', value: ({ details }) => details?.kindLikelihood ?? null },
  { name: 'class_name', type: 'STRING', value: ({ details }) => details?.className ?? details?.kind ?? null },
  { name: 'major_um', type: 'FLOAT', value: ({ details }) => details?.majorUm ?? null },
  { name: 'minor_um', type: 'FLOAT', value: ({ details }) => details?.minorUm ?? null },
  { name: 'angle_deg', type: 'FLOAT', value: ({ details }) => details?.angle ?? null },
  { name: 'od_spread', type: 'FLOAT', value: ({ details }) => details?.odSpread ?? null },
  { name: 'brown_mean', type: 'FLOAT', value: ({ details }) => details?.brownMean ?? null },
  { name: 'geometry', type: 'BYTE_ARRAY', value: ({ outline }) => polygonsToWkb(outline.polygons) },
];

const FEATURES: readonly Column[] = FEATURE_COLUMNS.map((name, f) => ({
  name,
  type: 'FLOAT',
  value: ({ details }) => details?.features?.[f] ?? null,
}));

/** They are there where membranes were measured. */
const MEMBRANES: readonly Column[] = [
  { name: 'membrane_completeness', type: 'FLOAT', value: ({ details }) => details?.membrane?.completeness ?? null },
  { name: 'membrane_od', type: 'FLOAT', value: ({ details }) => details?.membrane?.density ?? null },
  { name: 'cytoplasm_od', type: 'FLOAT', value: ({ details }) => details?.membrane?.cytoplasm ?? null },
];

/** Columns that are empty where kinds cannot be told. */
const NULLABLE = new Set([
  ...['kind', 'kind_likelihood', 'class_name'],
  ...['major_um', 'minor_um', 'angle_deg', 'od_spread', 'brown_mean'],
  ...[...MEMBRANES.map(({ name }) => name), ...FEATURE_COLUMNS],
]);

/**
 * The counted nuclei of a slide as GeoParquet, in pieces of bytes. Outlines are WKB; they have no place on Earth, so `crs` is
 * null. The key `restain` says what coordinates count.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 */
export async function* writeSlideParquet(list: SlideList): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const sink = new ByteWriter();
  const columns = [...COLUMNS, ...(list.membranes ? MEMBRANES : []), ...(list.features ? FEATURES : [])];
  const columnsOf = (nuclei: readonly SlideListed[]) =>
    columns.map(({ name, type, value }) => ({
      name,
      type,
      data: nuclei.map(value),
      nullable: NULLABLE.has(name),
      ...(type === 'BYTE_ARRAY' && PLAIN),
    }));
  const frame = {
    ...stateFrame(frameOf('slide', list.slide, null), list.slide.micronsPerPixel),
    ...(list.kinds && { kinds_made_by: list.kindsMadeBy }),
  };
  const writer = new ParquetWriter({
    writer: sink,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: 'restain',
    kvMetadata: [
      { key: 'geo', value: JSON.stringify(GEO) },
      { key: 'restain', value: JSON.stringify(frame) },
    ],
  });
  const take = () => {
    const bytes = new Uint8Array(sink.getBytes());
    // Places in the file are counted by `offset`, which goes on.
    sink.index = 0;
    return bytes;
  };
  for (const nuclei of listSlide(list, GROUP_ROWS)) {
    await writer.write({ columnData: columnsOf(nuclei), rowGroupSize: GROUP_ROWS });
    yield take();
  }
  writer.finish();
  yield take();
}

const GEO = {
  version: '1.1.0',
  primary_column: 'geometry',
  columns: {
    geometry: {
      encoding: 'WKB',
      geometry_types: ['Polygon', 'MultiPolygon'],
      crs: null,
      orientation: 'counterclockwise',
    },
  },
};
