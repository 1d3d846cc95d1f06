import type { Region } from '@/lib/contracts/analysis';
import type { ExportedNucleus } from './exported-result';

type Position = readonly [x: number, y: number];

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** QuPath's own names for what is looked at and what is left out. */
const REGION_CLASSES = { include: 'Region*', exclude: 'Ignore*' } as const;

/** Nuclei as detections and regions as annotations, as QuPath reads them; image pixels. */
export function writeNucleusGeojson(nuclei: readonly ExportedNucleus[], regions: readonly Region[]): string {
  const features = [...regions.filter(({ enabled }) => enabled).map(describeRegion), ...nuclei.map(describeNucleus)];
  return JSON.stringify({ type: 'FeatureCollection', features });
}

function describeNucleus({ id, outline, isPositive, ...measured }: ExportedNucleus) {
  return {
    type: 'Feature',
    id: newUuid(),
    geometry: { type: 'Polygon', coordinates: [closed(outline)] },
    properties: {
      objectType: 'detection',
      name: String(id),
      classification: { name: isPositive ? 'Positive' : 'Negative' },
      measurements: {
        'Area px^2': measured.areaPx,
        'Area µm^2': round(measured.areaUm2, 2),
        'Marker max': measured.markerMax,
        'Marker mean': round(measured.markerMean, 2),
        'OD mean': round(measured.odMean, 4),
      },
    },
  };
}

function describeRegion({ name, kind, rings }: Region) {
  return {
    type: 'Feature',
    id: newUuid(),
    geometry: { type: 'Polygon', coordinates: rings.map(closed) },
    properties: { objectType: 'annotation', name, classification: { name: REGION_CLASSES[kind] } },
  };
}

function closed(ring: readonly Position[]): readonly Position[] {
  const [first] = ring;
  const last = ring.at(-1);
  return first === undefined || (last !== undefined && first[0] === last[0] && first[1] === last[1])
    ? ring
    : [...ring, first];
}

/** A random UUID: QuPath takes no other ids. By hand, for `crypto.randomUUID` is missing where a page comes by plain http. */
function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
