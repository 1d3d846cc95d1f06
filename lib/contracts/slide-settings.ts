import { z } from 'zod';
import { PointCorrection } from './analysis';
import { Classifier, refuseUnnamed, TeachingFields } from './classifier';
import { MICRONS_PER_PIXEL_RANGE } from './picture-choice';
import { readTeaching } from './read-teaching';
import { membraneCutsOf } from './score-choice';
import { membraneCutFields, refuseContradictions, summaryFields } from './scores';
import { thresholdFields } from './thresholds';

const MAX_CORRECTIONS = 20_000;

const fields = {
  model: z.string().max(100).optional().meta({ description: 'Name of an installed model; default: the server’s own' }),
  microns_per_pixel: z.number().min(MICRONS_PER_PIXEL_RANGE.min).max(MICRONS_PER_PIXEL_RANGE.max).optional().meta({
    description: 'Pixel size of the full resolution, where the file states none or a wrong one',
  }),
  prob_thresh: thresholdFields.prob_thresh.meta({
    description: 'Segmentation threshold; 255 means 254. Another one needs a new scoring, of the kept maps alone',
  }),
  size_thresh: thresholdFields.size_thresh,
  size_thresh_upper: thresholdFields.size_thresh_upper,
  marker_thresh: thresholdFields.marker_thresh,
  intensity_two_plus: summaryFields.intensity_two_plus,
  intensity_three_plus: summaryFields.intensity_three_plus,
  ...membraneCutFields,
  marker: summaryFields.marker.meta({
    description:
      'What the slide is stained for: `cd3`, `cd8` and `cd138` mark other cells than tumour cells, and `he` marks none, so that tumour nuclei are not counted alone. With `her2` and `pdl1` a scoring measures membranes; what was scored before needs a new scoring, of the kept maps alone',
  }),
  classifier: Classifier.optional().meta({
    description:
      'What was taught by clicks on pictures: kinds are told by it, and its limits of positive and negative hold',
  }),
  teaching: TeachingFields.optional().meta({
    description:
      'What is taught by clicks on this slide, beginning from `classifier`. Clicks are places in pixels of the full resolution, counted from the upper left corner',
  }),
  corrections: z
    .array(PointCorrection)
    .max(MAX_CORRECTIONS)
    .default([])
    .meta({ description: 'In pixels of the full resolution, counted from the upper left corner of the slide' }),
};

/** How the nuclei of a slide are found and counted; what is left out is the model's own choice, or the default. */
export const SlideSettings = z
  .object({
    revision: z.int().min(0).meta({ description: 'Counts the changes. 0: nobody has changed anything' }),
    ...fields,
  })
  .meta({ id: 'SlideSettings' });
export type SlideSettings = z.infer<typeof SlideSettings>;

/** Body of `PUT /api/slides/{id}/settings`: all settings as they shall be from now on. */
export const SaveSlideSettings = z
  .strictObject({
    base_revision: z.int().min(0).meta({
      description: 'The revision that was changed; 409 `revision_conflict` when there is a newer one',
    }),
    ...fields,
  })
  .superRefine(refuseContradictions)
  .superRefine(refuseUnnamed)
  .meta({ id: 'SaveSlideSettings' });
export type SaveSlideSettings = z.infer<typeof SaveSlideSettings>;

/** What numbers depend on besides thresholds and corrections, in the engine's words. */
export const readKindSettings = ({ marker, classifier, teaching, ...cuts }: Omit<SlideSettings, 'revision'>) => ({
  marker: marker ?? null,
  membrane: membraneCutsOf({ marker, ...cuts }),
  teaching: readTeaching({ classifier, teaching }),
});
