import { z } from 'zod';
import { DEFAULT_GRADING } from '@/lib/exchange/score-summary';
import { decimal, integer, publish, publishedInteger, publishedNumber } from './text-options';

/** Range of a nucleus's mean optical density: black has 2.4. */
export const OPTICAL_DENSITY_RANGE = { min: 0, max: 2.4 } as const;
export const HOT_SPOT_MM2_RANGE = { min: 0.001, max: 100 } as const;

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
});

type HotSpotSize = { mm2: number } | { nuclei: number };

/** The options of a summary, in a request. */
export type SummaryChoice = {
  intensity_two_plus?: number | undefined;
  intensity_three_plus?: number | undefined;
  hot_spot_mm2?: number | undefined;
  hot_spot_nuclei?: number | undefined;
};

const TEXTS = {
  twoPlus: 'A positive nucleus is 2+ from this mean optical density (averaged over red, green and blue) on.',
  threePlus: 'A positive nucleus is 3+ from this mean optical density on.',
  mm2: 'Look for the hot spot: the square field of this area, in mm², with the highest labeling index. The other numbers stay those of the whole.',
  nuclei:
    'Look for the hot spot among the smallest square fields that hold so many nuclei. Not together with `hot_spot_mm2`.',
} as const;

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
};

/** The intensity thresholds of a request, with defaults for what it leaves out. */
export const gradingOf = ({ intensity_two_plus: twoPlus, intensity_three_plus: threePlus }: SummaryChoice) => ({
  twoPlus: twoPlus ?? DEFAULT_GRADING.two_plus,
  threePlus: threePlus ?? DEFAULT_GRADING.three_plus,
});

/** null when no hot spot is asked for. */
export function hotSpotSizeOf({ hot_spot_mm2: mm2, hot_spot_nuclei: nuclei }: SummaryChoice): HotSpotSize | null {
  return mm2 !== undefined ? { mm2 } : nuclei !== undefined ? { nuclei } : null;
}

/** To JSON. Nothing is left to the default. */
export const writeSummaryChoice = (grading: { twoPlus: number; threePlus: number }, size: HotSpotSize | null) => ({
  intensity_two_plus: grading.twoPlus,
  intensity_three_plus: grading.threePlus,
  ...(size && ('mm2' in size ? { hot_spot_mm2: size.mm2 } : { hot_spot_nuclei: size.nuclei })),
});

/** Refuses options that cannot be combined. */
export function refuseContradictions(choice: SummaryChoice, context: z.RefinementCtx): void {
  const refuse = (name: keyof SummaryChoice, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { twoPlus, threePlus } = gradingOf(choice);
  if (twoPlus > threePlus && choice.intensity_two_plus !== undefined)
    refuse('intensity_two_plus', `expected at most intensity_three_plus (${threePlus}), got ${twoPlus}`);
  else if (twoPlus > threePlus)
    refuse('intensity_three_plus', `expected at least intensity_two_plus (${twoPlus}), got ${threePlus}`);
  if (choice.hot_spot_mm2 !== undefined && choice.hot_spot_nuclei !== undefined)
    refuse('hot_spot_nuclei', 'cannot be joined with hot_spot_mm2: a hot spot has one size');
}
