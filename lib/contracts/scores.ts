import { z } from 'zod';
import { DEFAULT_GRADING } from '@/lib/exchange/score-summary';
import { MARKERS } from '@/lib/scoring/classify/kinds';
import { MEMBRANE_CUTS, type MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import {
  CUT_NAMES,
  type CutName,
  cutsOf,
  gradingOf,
  HOT_SPOT_MM2_RANGE,
  MEASURES,
  OPTICAL_DENSITY_RANGE,
  rangeOfCut,
  type SummaryChoice,
} from './score-choice';
import { decimal, integer, oneOf, publish, publishedInteger, publishedNumber } from './text-options';

const share = z.number().min(0).max(100);
const count = z.int().min(0);

const HotSpot = z
  .object({
    bbox: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .meta({ description: 'x0, y0, x1, y1, counted as `coordinates` says' }),
    area_mm2: z.number().min(0),
    num_total: count,
    num_pos: count,
    num_neg: count,
    percent_pos: share,
    percent_pos_interval: z.tuple([share, share]).meta({ description: '95 % Wilson interval' }),
  })
  .meta({ id: 'HotSpot', description: 'The square field with the highest labeling index, and its own numbers' });

const grade = z.int().min(0).max(3);

const grades = z.object({ weak: count, moderate: count, strong: count });

const MembraneScore = z
  .object({
    cuts: z
      .object({ weak: z.number(), moderate: z.number(), strong: z.number(), complete: z.number(), partial: z.number() })
      .meta({ description: 'The cut points that were used, see `membrane_weak` and the others' }),
    tumour: z
      .object({
        num_total: count,
        num_unsure: count.default(0),
        none: count,
        incomplete: grades,
        complete: grades,
      })
      .meta({
        description:
          'Tumour cells by completeness of the membrane and density of its stained part. Tumour nuclei of a `kind_likelihood` below 0.9, rounded to hundredths, are in none of these numbers, nor in TPS and CPS: `num_unsure` of them. Where fewer than half of the tumour nuclei of the picture or slide reach it, the likelier half counts',
      }),
    tps: share.meta({
      description: 'Tumour cells with a stained membrane, complete or partial, in % of the tumour cells',
    }),
    tps_interval: z.tuple([share, share]).meta({ description: '95 % Wilson interval' }),
    immune: z.object({ num_total: count, num_pos: count, num_pos_other: count.default(0) }).meta({
      description:
        'Lymphocytes and `other` cells, positive by membrane or cytoplasm; `num_pos_other` of them are of the kind `other`: macrophages, and stained plasma cells and granulocytes, which a reader of CPS leaves out and which cannot be told apart here',
    }),
    cps: share.nullable().meta({
      description: 'Stained tumour and immune cells for 100 tumour cells, 100 at most; null without tumour cells',
    }),
    her2_pattern: z
      .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
      .nullable()
      .meta({
        description:
          'By the shares of ASCO/CAP 2018 and 2023, each to be exceeded by 10 % of the tumour cells: 3 complete and strong, 2 complete, 1 stained at all. Arithmetic on what was measured, no HER2 status; null without tumour cells',
      }),
  })
  .meta({
    id: 'MembraneScore',
    description: 'Measurements, never a diagnosis. They were checked on simulated fields alone',
  });

/** Numbers of the counted nuclei in an answer, besides the labeling index. */
export const ScoreSummary = z.object({
  area_mm2: z.number().min(0).meta({ description: 'Of the image, or of the regions in which nuclei count' }),
  cells_per_mm2: z.number().min(0).meta({ description: 'Counted nuclei, positive and negative, per mm²' }),
  h_score: z
    .int()
    .min(0)
    .max(300)
    .meta({ description: '% of 1+ nuclei + 2 x % of 2+ + 3 x % of 3+, rounded: 0 to 300', example: 154 }),
  allred: z
    .object({ proportion: z.int().min(0).max(5), intensity: grade, total: z.int().min(0).max(8) })
    .meta({ id: 'Allred', description: 'Allred score: `total` is the sum of the two others' }),
  intensity: z
    .object({
      thresholds: z
        .object({ two_plus: z.number(), three_plus: z.number() })
        .meta({ description: 'Mean optical density from which a positive nucleus is 2+ and 3+' }),
      bins: z
        .object({ negative: count, one_plus: count, two_plus: count, three_plus: count })
        .meta({ description: 'Counted nuclei by intensity' }),
    })
    .meta({ id: 'Intensity', description: 'What H-score and Allred score are made of' }),
  hot_spot: HotSpot.nullable()
    .optional()
    .meta({ description: 'Absent unless one was asked for or drawn; null when the image holds no such field' }),
  membrane: MembraneScore.optional().meta({ description: 'Absent where membranes were not measured, see `measure`' }),
});

const TEXTS = {
  twoPlus: 'A positive nucleus is 2+ from this mean optical density (averaged over red, green and blue) on.',
  threePlus: 'A positive nucleus is 3+ from this mean optical density on.',
  mm2: 'Look for the hot spot: the square field of this area, in mm², with the highest labeling index. The other numbers stay those of the whole.',
  nuclei:
    'Look for the hot spot among the smallest square fields that hold so many nuclei. Not together with `hot_spot_mm2`.',
  marker:
    'What the slide is stained for: `cd3`, `cd8` and `cd138` mark other cells than tumour cells, and `he` marks none, so that `scoring.tumour` is null. With `her2` and `pdl1` membranes are measured.',
  measure:
    '`membrane`: measure the membrane around each nucleus. By default so for the markers `her2` and `pdl1`, and not for others.',
} as const;

const CUT_TEXTS: Record<CutName, string> = {
  membrane_weak: 'A membrane is stained from this optical density of DAB on.',
  membrane_moderate: 'A membrane is moderately stained from this optical density of DAB on.',
  membrane_strong: 'A membrane is strongly stained from this optical density of DAB on.',
  membrane_complete: 'A membrane is complete from this stained share on, 0 to 1.',
  membrane_partial: 'A cell has a stained membrane from this stained share on, 0 to 1.',
};
/** One field for each cut point. */
const forCuts = <Field>(field: (name: CutName, cut: keyof MembraneCuts) => Field) =>
  Object.fromEntries(CUT_NAMES.map((cut) => [`membrane_${cut}`, field(`membrane_${cut}`, cut)])) as Record<
    CutName,
    Field
  >;

const publishedThreshold = (text: string, value: number) =>
  publish(text, value, { ...publishedNumber(OPTICAL_DENSITY_RANGE), default: value });

/** The options as text, in a query or as form fields. */
export const summaryOptions = {
  intensity_two_plus: decimal(OPTICAL_DENSITY_RANGE)
    .optional()
    .meta(publishedThreshold(TEXTS.twoPlus, DEFAULT_GRADING.two_plus)),
  intensity_three_plus: decimal(OPTICAL_DENSITY_RANGE)
    .optional()
    .meta(publishedThreshold(TEXTS.threePlus, DEFAULT_GRADING.three_plus)),
  hot_spot_mm2: decimal(HOT_SPOT_MM2_RANGE)
    .optional()
    .meta(publish(TEXTS.mm2, 0.01, publishedNumber(HOT_SPOT_MM2_RANGE))),
  hot_spot_nuclei: integer(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta(publish(TEXTS.nuclei, 500, publishedInteger(1))),
  marker: oneOf(MARKERS)
    .optional()
    .meta(publish(TEXTS.marker, 'ki67', { type: 'string', enum: MARKERS })),
  measure: oneOf(MEASURES)
    .optional()
    .meta(publish(TEXTS.measure, 'membrane', { type: 'string', enum: MEASURES })),
  ...forCuts((name, cut) =>
    decimal(rangeOfCut(cut))
      .optional()
      .meta(
        publish(CUT_TEXTS[name], MEMBRANE_CUTS[cut], {
          ...publishedNumber(rangeOfCut(cut)),
          default: MEMBRANE_CUTS[cut],
        }),
      ),
  ),
};

const opticalDensity = z.number().min(OPTICAL_DENSITY_RANGE.min).max(OPTICAL_DENSITY_RANGE.max).optional();

/** The options as JSON, in bodies and stored records. */
export const summaryFields = {
  intensity_two_plus: opticalDensity.meta({ description: TEXTS.twoPlus }),
  intensity_three_plus: opticalDensity.meta({ description: TEXTS.threePlus }),
  hot_spot_mm2: z
    .number()
    .min(HOT_SPOT_MM2_RANGE.min)
    .max(HOT_SPOT_MM2_RANGE.max)
    .optional()
    .meta({ description: TEXTS.mm2 }),
  hot_spot_nuclei: z.int().min(1).optional().meta({ description: TEXTS.nuclei }),
  marker: z.enum(MARKERS).optional().meta({ description: TEXTS.marker }),
  measure: z.enum(MEASURES).optional().meta({ description: TEXTS.measure }),
  ...forCuts((name, cut) =>
    z.number().min(rangeOfCut(cut).min).max(rangeOfCut(cut).max).optional().meta({ description: CUT_TEXTS[name] }),
  ),
};

/** The cut points of membranes alone. */
export const membraneCutFields = forCuts((name) => summaryFields[name]);

/** Refuses options that cannot be combined. */
export function refuseContradictions(choice: SummaryChoice, context: z.RefinementCtx): void {
  const refuse = (name: keyof SummaryChoice, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { twoPlus, threePlus } = gradingOf(choice);
  if (twoPlus > threePlus && choice.intensity_two_plus !== undefined)
    refuse('intensity_two_plus', `expected at most intensity_three_plus (${threePlus}), got ${twoPlus}`);
  else if (twoPlus > threePlus)
    refuse('intensity_three_plus', `expected at least intensity_two_plus (${twoPlus}), got ${threePlus}`);
  refuseCuts(choice, refuse);
  if (choice.hot_spot_mm2 !== undefined && choice.hot_spot_nuclei !== undefined)
    refuse('hot_spot_nuclei', 'cannot be joined with hot_spot_mm2: a hot spot has one size');
}

/** Cut points rise, and a partial membrane is not more than a complete one. */
function refuseCuts(choice: SummaryChoice, refuse: (name: CutName | 'measure', message: string) => void): void {
  const cuts = cutsOf(choice);
  const pairs = [
    ['weak', 'moderate'],
    ['moderate', 'strong'],
    ['partial', 'complete'],
  ] as const;
  for (const [low, high] of pairs)
    if (cuts[low] > cuts[high])
      refuse(`membrane_${low}`, `expected at most membrane_${high} (${cuts[high]}), got ${cuts[low]}`);
  if (choice.measure === 'membrane' && choice.marker === 'he')
    refuse('measure', 'cannot be membrane with marker=he: nothing is stained brown');
}
