import { z } from 'zod';
import { ALGORITHMS, type StatedThresholds, type Thresholds, type UsedThresholds } from '@/lib/scoring/thresholds';
import { integer, oneOf, orWord, publish, publishedInteger } from './text-options';

/** R + B is 255 at most, so 254 is the highest threshold that finds anything. DeepLIIF's ImageJ plugin sends up to 255. */
const MAX_PROB_THRESH = 254;
const asUsed = (threshold: number) => Math.min(threshold, MAX_PROB_THRESH);

const COUNT = Number.MAX_SAFE_INTEGER;

/** The thresholds as text, in a query or as form fields. Where no default is given, the model chooses. */
export const thresholdOptions = {
  prob_thresh: integer(0, 255)
    .transform(asUsed)
    .optional()
    .meta(
      publish(
        'A pixel belongs to a nucleus when R + B of `Seg` is above this. 255 means 254. Default: the model’s own, reported back.',
        120,
        publishedInteger(0, 255),
      ),
    ),
  size_thresh: integer(0, COUNT, ['auto'])
    .default('auto')
    .meta(
      publish('Keep nuclei with more pixels than this.', 'auto', {
        ...orWord(publishedInteger(0), 'auto'),
        default: 'auto',
      }),
    ),
  size_thresh_upper: integer(1, COUNT, ['none'])
    .default('none')
    .meta(
      publish('Keep nuclei with fewer pixels than this.', 'none', {
        ...orWord(publishedInteger(1), 'none'),
        default: 'none',
      }),
    ),
  marker_thresh: integer(0, 255, ['auto', 'none'])
    .default('none')
    .meta(
      publish('A nucleus whose largest marker value is above this is positive, whatever `Seg` says.', 'none', {
        ...orWord(publishedInteger(0, 255), 'auto', 'none'),
        default: 'none',
      }),
    ),
  algorithm: oneOf(ALGORITHMS)
    .optional()
    .meta(
      publish(
        'How `Seg` becomes nuclei: `watershed` splits touching nuclei, `deepliif` takes connected components as DeepLIIF does. Default: the model’s own.',
        'watershed',
        { type: 'string', enum: ALGORITHMS },
      ),
    ),
};

/** The thresholds as JSON, in bodies and stored records. The model chooses what is left out. */
export const thresholdFields = {
  algorithm: z.enum(ALGORITHMS).optional(),
  prob_thresh: z
    .int()
    .min(0)
    .max(255)
    .overwrite(asUsed)
    .optional()
    .meta({ description: 'Segmentation threshold; 255 means 254' }),
  size_thresh: z
    .union([z.int().min(0), z.literal('auto')])
    .optional()
    .meta({ description: 'Keep larger nuclei' }),
  size_thresh_upper: z
    .union([z.int().min(1), z.literal('none')])
    .optional()
    .meta({ description: 'Keep smaller nuclei' }),
  marker_thresh: z.union([z.int().min(0).max(255), z.literal('auto'), z.literal('none')]).optional(),
};

/** The thresholds that a score used, as answered. */
export const usedThresholdFields = {
  prob_thresh: z.int().min(0).max(MAX_PROB_THRESH),
  seg_thresh: z
    .int()
    .min(0)
    .max(MAX_PROB_THRESH)
    .meta({ description: 'The same as prob_thresh, under its other name' }),
  size_thresh: z.int().min(0),
  size_thresh_upper: z.int().nullable(),
  marker_thresh: z.int().nullable(),
};

type ThresholdFields = z.infer<z.ZodObject<typeof thresholdFields>>;
type AllThresholdFields = { [Name in keyof ThresholdFields]-?: NonNullable<ThresholdFields[Name]> };
type UsedThresholdFields = z.infer<z.ZodObject<typeof usedThresholdFields>>;
type NumericThresholds = Omit<UsedThresholds, 'algorithm'>;

/** From parsed options or JSON. */
export function readThresholds(fields: AllThresholdFields): Thresholds;
export function readThresholds(fields: ThresholdFields): StatedThresholds;
export function readThresholds(fields: ThresholdFields): StatedThresholds {
  const { size_thresh_upper: upper, marker_thresh: marker } = fields;
  return {
    algorithm: fields.algorithm,
    probThresh: fields.prob_thresh,
    sizeThresh: fields.size_thresh,
    sizeThreshUpper: upper === 'none' ? null : upper,
    markerThresh: marker === 'none' ? null : marker,
  };
}

/** To JSON. Nothing is left to the model. */
export const writeThresholds = (thresholds: Thresholds): AllThresholdFields => ({
  algorithm: thresholds.algorithm,
  prob_thresh: thresholds.probThresh,
  size_thresh: thresholds.sizeThresh,
  size_thresh_upper: thresholds.sizeThreshUpper ?? 'none',
  marker_thresh: thresholds.markerThresh ?? 'none',
});

/** From an answer. */
export const readUsedThresholds = (fields: UsedThresholdFields): NumericThresholds => ({
  probThresh: fields.prob_thresh,
  sizeThresh: fields.size_thresh,
  sizeThreshUpper: fields.size_thresh_upper,
  markerThresh: fields.marker_thresh,
});

/** To an answer. */
export const writeUsedThresholds = (used: NumericThresholds): UsedThresholdFields => ({
  prob_thresh: used.probThresh,
  seg_thresh: used.probThresh,
  size_thresh: used.sizeThresh,
  size_thresh_upper: used.sizeThreshUpper,
  marker_thresh: used.markerThresh,
});
