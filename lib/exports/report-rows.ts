import { edgeText } from '@/lib/contracts/edge-choice';
import type { SelectionAnswer, TaughtCount, TumourCount } from '@/lib/contracts/infer';
import { readUsedThresholds } from '@/lib/contracts/thresholds';
import { percentText, wholeText } from '@/lib/contracts/whole-text';
import type { StatedHotSpot, StatedMembranes } from '@/lib/exchange/score-summary';
import type { ExportedResult } from './exported-result';

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
}: StatedHotSpot) =>
  `${percent.toFixed(1)} %, ${wholeText(positive)} of ${wholeText(total)} nuclei, in ${area.toFixed(3)} mm²`;

const describeTumour = ({
  percent_pos: percent,
  percent_pos_interval: [low, high],
  num_pos: positive,
  num_total: total,
  made_by: by,
}: TumourCount) =>
  `${percent.toFixed(1)} % (${low.toFixed(1)} to ${high.toFixed(1)} %), ${wholeText(positive)} of ${wholeText(total)}, kinds ${by === 'prior' ? 'told by the prior' : by}`;

const describeCalibration = ({ class_clicks: clicks, positive_from: from, negative_below: below }: TaughtCount) =>
  [
    `calibrated with ${clicks} ${clicks === 1 ? 'click' : 'clicks'}`,
    ...(from === null ? [] : [`positive from a brown density of ${from.toFixed(2)} on`]),
    ...(below === null ? [] : [`negative up to ${below.toFixed(2)}`]),
  ].join(', ');

const describeMembranes = ({ tps, tps_interval: [low, high], cps, tumour, immune }: StatedMembranes) =>
  `${percentText(tps)} of ${wholeText(tumour.num_total)} tumour cells stained (TPS, ${low.toFixed(1)} to ${percentText(high)}), CPS ${cps === null ? 'none' : `${cps.toFixed(1)} with ${wholeText(immune.num_pos - immune.num_pos_other)} lymphocytes and ${wholeText(immune.num_pos_other)} other cells`}`;

function describePatterns({ tumour, cuts, her2_pattern: pattern }: StatedMembranes) {
  const percent = ({ weak, moderate, strong }: StatedMembranes['tumour']['complete']) =>
    [weak, moderate, strong].map((cells) => percentText((100 * cells) / Math.max(1, tumour.num_total))).join(', ');
  return `complete ${percent(tumour.complete)}, incomplete ${percent(tumour.incomplete)} (weak, moderate and strong: DAB OD from ${cuts.weak}, ${cuts.moderate}, ${cuts.strong})${pattern === null ? '' : `; HER2 pattern ${pattern} by the shares of ASCO/CAP, no HER2 status`}${tumour.num_unsure > 0 ? `; ${wholeText(tumour.num_unsure)} nuclei left out, whose kind is unsure` : ''}`;
}

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
  const listed = enabled.map(({ name, kind }) => `${name} (${kind})`);
  const rows: [string, string][] = [
    ...(summary.membrane
      ? ([
          ['Membranes', describeMembranes(summary.membrane)],
          ['Membranes by kind', describePatterns(summary.membrane)],
          ['Membranes are', 'measured, not diagnosed: checked on simulated fields alone'],
        ] as [string, string][])
      : []),
    ...(scoring.tumour ? [['Tumour nuclei alone', describeTumour(scoring.tumour)] as [string, string]] : []),
    ...(scoring.taught && scoring.taught.class_clicks > 0
      ? [['Positive and negative', describeCalibration(scoring.taught)] as [string, string]]
      : []),
    ['Density', `${wholeText(summary.cells_per_mm2)} nuclei per mm², in ${summary.area_mm2.toFixed(3)} mm²`],
    ['H-score', `${summary.h_score} of 300`],
    ['Allred score', `${allred.total} of 8: proportion ${allred.proportion}, intensity ${allred.intensity}`],
    [
      'Intensity',
      `negative: ${wholeText(bins.negative)}, 1+: ${wholeText(bins.one_plus)}, 2+: ${wholeText(bins.two_plus)}, 3+: ${wholeText(bins.three_plus)}`,
    ],
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
    ...(edgeText(scoring) === null ? [] : [['Edge of the picture', edgeText(scoring)] as [string, string]]),
    ['Regions', enabled.length === 0 ? 'whole image' : listed.join(', ')],
    [
      'Corrections by hand',
      `${corrections.class} class, ${corrections.delete} deleted, ${corrections.add} added, ${corrections.split} split, ${corrections.join} joined`,
    ],
    ['Algorithm', provenance.algorithm ?? "the model's own"],
    ['Model', provenance.model],
    ['Model SHA-256', provenance.model_sha256],
    ...(provenance.network_microns_per_pixel
      ? [['Network', `for ${provenance.network_microns_per_pixel} µm/px`] as [string, string]]
      : []),
    ['Software', `Restain ${provenance.software}, ${provenance.provider}`],
    ['Analysed', exported.createdAt],
  ];
  return exported.sample === null ? rows : [['Sample', exported.sample], ...rows];
}
