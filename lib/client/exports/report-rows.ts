import type { SelectionAnswer } from '@/lib/contracts/infer';
import { readUsedThresholds } from '@/lib/contracts/thresholds';
import type { ExportedResult } from './exported-result';

/** So many regions are listed by name; a page holds no more. */
const MAX_LISTED_REGIONS = 6;

/** Which pixels of a file with several pictures, or of a large slide, these are. */
export function describeSelection({ series, plane, level, region }: SelectionAnswer): string {
  const { x, y, width, height } = region;
  return `image ${series}, plane ${plane}, level ${level}, ${width} x ${height} px at ${x}, ${y} of the full resolution`;
}

/** What the report says under its picture, each on one line. */
export function reportRows(exported: ExportedResult): [label: string, value: string][] {
  const { result, intensity, regions, micronsPerPixel, width, height } = exported;
  const { scoring, provenance, corrections } = result;
  const { selection } = provenance;
  const { bins, thresholds, allred, hScore } = intensity;
  const { probThresh, sizeThresh, sizeThreshUpper, markerThresh } = readUsedThresholds(scoring);
  const upper = sizeThreshUpper === null ? 'none' : `${sizeThreshUpper} px`;
  const enabled = regions.filter((region) => region.enabled);
  const more = enabled.length > MAX_LISTED_REGIONS ? `, and ${enabled.length - MAX_LISTED_REGIONS} more` : '';
  const listed = enabled.slice(0, MAX_LISTED_REGIONS).map(({ name, kind }) => `${name} (${kind})`);
  const rows: [string, string][] = [
    ['Density', `${Math.round(exported.cellsPerMm2)} nuclei per mm², in ${exported.areaMm2.toFixed(3)} mm²`],
    ['H-score', `${Math.round(hScore)} of 300`],
    ['Allred score', `${allred.total} of 8: proportion ${allred.proportion}, intensity ${allred.intensity}`],
    ['Intensity', `${bins.negative} negative, ${bins.onePlus} 1+, ${bins.twoPlus} 2+, ${bins.threePlus} 3+`],
    ['Graded by', `mean optical density: 2+ from ${thresholds.twoPlus}, 3+ from ${thresholds.threePlus}`],
    ['Image', `${width} x ${height} px at ${micronsPerPixel} µm/px (${provenance.microns_per_pixel_source})`],
    ...(selection ? [['Part of the file', describeSelection(selection)] as [string, string]] : []),
    ['Segmentation threshold', String(probThresh)],
    ['Nuclear size', `more than ${sizeThresh} px, less than: ${upper}`],
    ['Marker threshold', markerThresh === null ? 'off' : String(markerThresh)],
    ['Regions', enabled.length === 0 ? 'whole image' : `${listed.join(', ')}${more}`],
    ['Corrections by hand', `${corrections.class} class, ${corrections.delete} deleted, ${corrections.add} added`],
    ['Algorithm', provenance.algorithm ?? "the model's own"],
    ['Model', provenance.model],
    ['Model SHA-256', provenance.model_sha256],
    ['Software', `Restain ${provenance.software}, ${provenance.provider}`],
    ['Analysed', exported.createdAt],
    ...result.warnings.slice(0, 3).map(({ detail }): [string, string] => ['Note', detail]),
  ];
  return exported.sample === null ? rows : [['Sample', exported.sample], ...rows];
}
