import type { SelectionAnswer } from '@/lib/contracts/infer';
import { readUsedThresholds } from '@/lib/contracts/thresholds';
import type { StatedHotSpot } from '@/lib/exchange/score-summary';
import type { ExportedResult } from './exported-result';

/** More regions do not fit on the page. */
const MAX_LISTED_REGIONS = 6;

/** Which pixels of the file were analysed. */
export function describeSelection({ series, plane, level, region }: SelectionAnswer): string {
  const { x, y, width, height } = region;
  return `image ${series}, plane ${plane}, level ${level}, ${width} x ${height} px at ${x}, ${y} of the full resolution`;
}

const describeHotSpot = ({
  percent_pos: percent,
  num_pos: positive,
  num_total: total,
  area_mm2: area,
}: StatedHotSpot) => `${percent.toFixed(1)} %, ${positive} of ${total} nuclei, in ${area.toFixed(3)} mm²`;

/** The lines under the report's picture. */
export function reportRows(exported: ExportedResult): [label: string, value: string][] {
  const { result, summary, width, height } = exported;
  const { regions = [] } = exported.parameters;
  const { scoring, provenance, corrections } = result;
  const { selection } = provenance;
  const { allred } = summary;
  const { bins, thresholds } = summary.intensity;
  const { probThresh, sizeThresh, sizeThreshUpper, markerThresh } = readUsedThresholds(scoring);
  const upper = sizeThreshUpper === null ? 'none' : `${sizeThreshUpper} px`;
  const enabled = regions.filter((region) => region.enabled);
  const more = enabled.length > MAX_LISTED_REGIONS ? `, and ${enabled.length - MAX_LISTED_REGIONS} more` : '';
  const listed = enabled.slice(0, MAX_LISTED_REGIONS).map(({ name, kind }) => `${name} (${kind})`);
  const rows: [string, string][] = [
    ['Density', `${Math.round(summary.cells_per_mm2)} nuclei per mm², in ${summary.area_mm2.toFixed(3)} mm²`],
    ['H-score', `${summary.h_score} of 300`],
    ['Allred score', `${allred.total} of 8: proportion ${allred.proportion}, intensity ${allred.intensity}`],
    ['Intensity', `${bins.negative} negative, ${bins.one_plus} 1+, ${bins.two_plus} 2+, ${bins.three_plus} 3+`],
    ['Graded by', `mean optical density: 2+ from ${thresholds.two_plus}, 3+ from ${thresholds.three_plus}`],
    ...(summary.hot_spot ? [['Hot spot', describeHotSpot(summary.hot_spot)] as [string, string]] : []),
    [
      'Image',
      `${width} x ${height} px at ${provenance.microns_per_pixel} µm/px (${provenance.microns_per_pixel_source})`,
    ],
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
