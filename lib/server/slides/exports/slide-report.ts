import 'server-only';
import { annotationColour } from '@/lib/contracts/annotation-files';
import type { SlideScores } from '@/lib/contracts/slide-scores';
import { writeSlideReportPdf } from '@/lib/exports/slide-report-pdf';
import { PROTOCOLS } from '@/lib/scoring/slide/protocols';
import { boundsOf } from '@/lib/scoring/slide/zones';
import { SOFTWARE } from '@/lib/server/inference/software';
import { openPictures } from './report-pictures';
import type { SlideMaterial } from './slide-material';

/** Hot spots that are shown as pictures. */
const CROPS = 4;
/** More outlines hide the slide. */
const MOST_OUTLINES = 500;

/** The report of a slide as PDF. @throws AppError `slide_not_found`, `storage_unavailable`, `queue_full` */
export async function writeReport(material: SlideMaterial, _: unknown, signal: AbortSignal): Promise<Uint8Array> {
  const scores = await material.scores();
  const { annotations, current, createdAt } = material;
  const { plan, description, probThresh } = current;
  const pictures = await openPictures(material, signal);
  const spots = scores.hot_spots[0]?.spots.slice(0, CROPS) ?? [];
  const crops = [];
  for (const { polygon } of spots) {
    const { left, top, right, bottom } = boundsOf([polygon]);
    crops.push(await pictures.around({ x: left, y: top, width: right - left, height: bottom - top }));
  }
  return writeSlideReportPdf({
    scores,
    marker: current.settings.marker ?? null,
    overview: await pictures.overview(),
    outlines: annotations
      .slice(0, MOST_OUTLINES)
      .map(({ class: of, polygons }) => ({ polygons, colour: annotationColour(of) })),
    notDrawn: Math.max(0, annotations.length - MOST_OUTLINES),
    crops,
    protocols: protocolsOf(scores),
    software: SOFTWARE,
    provenance: [
      ['Slide', `${description.width} x ${description.height} px at ${plan.micronsPerPixel} µm/px`],
      ['Taken in', createdAt],
      ['Model', scores.model],
      ['Model SHA-256', plan.model.manifest.sha256],
      ['Network', `for ${plan.model.manifest.micronsPerPixel} µm/px`],
      ['Segmentation threshold', String(probThresh)],
      [
        'Nuclear size',
        `more than ${scores.thresholds.size_thresh} px, less than: ${scores.thresholds.size_thresh_upper ?? 'none'}`,
      ],
      ['Marker threshold', scores.thresholds.marker_thresh === null ? 'off' : String(scores.thresholds.marker_thresh)],
      [
        'Graded by',
        `mean optical density: 2+ from ${scores.intensity.two_plus}, 3+ from ${scores.intensity.three_plus}`,
      ],
      [
        'Corrections by hand',
        `${scores.corrections.class} class, ${scores.corrections.delete} deleted, ${scores.corrections.add} added`,
      ],
      ['Revisions', `settings ${scores.settings_revision}, annotations ${scores.annotations_revision}`],
      ['Software', `Restain ${SOFTWARE}`],
    ],
  });
}

function protocolsOf(scores: SlideScores) {
  const main = scores.tumour ?? scores.slide;
  const percent = (value: number | null) =>
    value === null ? 'not rated: no area is rated negligible, low, medium or high' : `${value.toFixed(1)} %`;
  const hottest = scores.hot_spots.map(({ size, spots: [spot] }) => {
    const what = 'mm2' in size ? `${size.mm2} mm²` : `${size.nuclei} nuclei`;
    return `${what}: ${spot ? `${spot.percent_pos.toFixed(1)} % of ${spot.num_total}` : 'none'}`;
  });
  const { ikwg, neuroendocrine } = scores.protocols;
  const enough = neuroendocrine.has_enough_nuclei ? '' : ' (fewer than 500 nuclei)';
  return [
    { ...PROTOCOLS.global, value: `${main.percent_pos.toFixed(1)} % of ${main.num_total} nuclei` },
    { ...PROTOCOLS.hotSpot, value: hottest.join('; ') },
    { ...PROTOCOLS.ikwgWeighted, value: percent(ikwg.weighted) },
    { ...PROTOCOLS.ikwgUnweighted, value: percent(ikwg.unweighted) },
    { ...PROTOCOLS.neuroendocrine, value: neuroendocrine.step === null ? 'none' : `${neuroendocrine.step}${enough}` },
  ];
}
