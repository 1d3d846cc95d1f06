import 'server-only';
import { annotationsToGeojson } from '@/lib/contracts/annotation-files';
import type { SlideScores } from '@/lib/contracts/slide-scores';
import { describeSlideRegions } from '@/lib/exchange/slide-regions';
import type { SlideMaterial } from './slide-material';

type Numbers = Pick<
  SlideScores['annotations'][number],
  'num_total' | 'tumour' | 'membrane' | 'num_pos' | 'num_neg' | 'percent_pos' | 'area_mm2' | 'cells_per_mm2' | 'h_score'
>;

/** QuPath's names, where it has them. */
const measure = (numbers: Numbers) => ({
  'Num Detections': numbers.num_total,
  'Num Positive': numbers.num_pos,
  'Num Negative': numbers.num_neg,
  'Positive %': numbers.percent_pos,
  'Num Detections per mm^2': round(numbers.cells_per_mm2),
  'H-score': numbers.h_score,
  'Area mm^2': round(numbers.area_mm2),
  ...(numbers.tumour && {
    'Num Tumor': numbers.tumour.num_total,
    'Num Tumor: Positive': numbers.tumour.num_pos,
    'Tumor: Positive %': numbers.tumour.percent_pos,
  }),
  ...(numbers.membrane && measureMembranes(numbers.membrane)),
});

function measureMembranes({ tumour, tps, cps, her2_pattern: pattern }: NonNullable<Numbers['membrane']>) {
  const named = (share: 'Complete' | 'Incomplete', of: typeof tumour.complete) => ({
    [`Membrane: Num ${share} weak`]: of.weak,
    [`Membrane: Num ${share} moderate`]: of.moderate,
    [`Membrane: Num ${share} strong`]: of.strong,
  });
  return {
    'Membrane: Num Tumor': tumour.num_total,
    'Membrane: Num Tumor unsure': tumour.num_unsure,
    'Membrane: TPS %': tps,
    ...(cps !== null && { 'Membrane: CPS': cps }),
    ...(pattern !== null && { 'Membrane: HER2 pattern': pattern }),
    'Membrane: Num None': tumour.none,
    ...named('Incomplete', tumour.incomplete),
    ...named('Complete', tumour.complete),
  };
}

const round = (value: number) => Number(value.toFixed(4));

const HOT_SPOT_COLOUR = [240, 0, 120] as const;

/** The annotations with their numbers, then the hot spots, as annotations of QuPath. */
export function writeRegions({ annotations, current }: SlideMaterial, scores: SlideScores): string {
  const { slide, micronsPerPixel } = current.plan;
  const facts = { ...slide, micronsPerPixel };
  const numbers = new Map(scores.annotations.map((annotation) => [annotation.id, measure(annotation)]));
  const drawn = annotationsToGeojson(annotations, facts, (id) => numbers.get(id) ?? {});
  const spots = scores.hot_spots.flatMap(({ size, spots: found }) =>
    found.map((spot, i) => {
      const what = 'mm2' in size ? `${size.mm2} mm²` : `${size.nuclei} nuclei`;
      return {
        id: `hot spot ${what} ${i + 1}`,
        name: `Hot spot ${i + 1} of ${what}`,
        className: 'Hot spot',
        colour: HOT_SPOT_COLOUR,
        isLocked: true,
        metadata: {},
        measurements: measure(spot),
        polygons: [spot.polygon],
      };
    }),
  );
  return JSON.stringify({ ...drawn, features: [...drawn.features, ...describeSlideRegions(spots, facts).features] });
}
