import { z } from 'zod';
import { ANNOTATION_CLASSES, Annotation, AREA_RATINGS } from './annotation';
import { TumourCount, WarningAnswer } from './infer';
import { ScoreSummary } from './scores';
import { usedThresholdFields } from './thresholds';

const count = z.int().min(0);
const share = z.number().min(0).max(100);
const corner = z.tuple([z.number(), z.number()]);

/** Numbers of the nuclei that count in a part of a slide. */
export const RegionNumbers = z
  .object({
    num_total: count,
    num_pos: count,
    num_neg: count,
    percent_pos: share,
    percent_pos_interval: z.tuple([share, share]).meta({ description: '95 % Wilson interval' }),
    tumour: TumourCount.nullable().meta({
      description:
        'The tumour nuclei alone, among those counted here. null where `marker` is one of other cells (CD3, CD8, CD138) or H&E, and where an older version has found the nuclei',
    }),
    area_mm2: z.number().min(0),
    cells_per_mm2: z.number().min(0),
    h_score: ScoreSummary.shape.h_score,
    allred: ScoreSummary.shape.allred,
    bins: ScoreSummary.shape.intensity.shape.bins,
    membrane: ScoreSummary.shape.membrane.unwrap().nullable().meta({
      description:
        'Of the cells of these nuclei, by the cut points of the settings. null where `marker` is not `her2` or `pdl1`, and where membranes of some cell of the slide were not measured: then a warning says so',
    }),
    is_complete: z.boolean().meta({
      description: 'Whether all cells that it touches were scored; else the numbers are provisional',
    }),
  })
  .meta({ id: 'RegionNumbers' });
export type RegionNumbers = z.infer<typeof RegionNumbers>;

const SpotNumbers = RegionNumbers.omit({ is_complete: true });

/** Answer of `GET /api/slides/{id}/scores`. */
export const SlideScores = z
  .object({
    settings_revision: count,
    annotations_revision: count,
    model: z.string().meta({ example: 'restain-ihc@0.11.0' }),
    microns_per_pixel: z.number(),
    network_microns_per_pixel: z.number().meta({
      description: 'Pixel size to which the slide is resampled for the network of the model that it is shown to',
      example: 0.25,
    }),
    is_provisional: z
      .boolean()
      .meta({ description: 'Whether some number below is not complete, or a scoring is running' }),
    thresholds: z.object(usedThresholdFields).meta({
      description: 'Those that were used. Automatic ones follow from all nuclei that are there so far',
    }),
    intensity: z.object({ two_plus: z.number(), three_plus: z.number() }),
    corrections: z
      .object({ class: count, delete: count, add: count })
      .meta({ description: 'That found their nucleus' }),
    slide: RegionNumbers.meta({
      description: 'The tissue, or everything where none is marked, less `ignore` and `necrosis`',
    }),
    tumour: RegionNumbers.nullable().meta({
      description:
        'All tumour regions together, less `ignore` and `necrosis`, whatever kind their nuclei are: `tumour` in it has the tumour nuclei alone',
    }),
    annotations: z.array(
      RegionNumbers.extend({
        id: Annotation.shape.id,
        class: z.enum(ANNOTATION_CLASSES),
        name: z.string(),
        core: Annotation.shape.core,
        rating: Annotation.shape.rating,
      }),
    ),
    hot_spots: z
      .array(
        z.object({
          size: z.union([z.object({ mm2: z.number() }), z.object({ nuclei: z.int() })]),
          method: z.string(),
          spots: z.array(SpotNumbers.extend({ polygon: z.array(z.array(corner)) })),
        }),
      )
      .meta({ description: 'The hottest fields of several sizes in the tumour regions, or in the slide' }),
    protocols: z.object({
      ikwg: z
        .object({
          weighted: z.number().nullable(),
          unweighted: z.number().nullable(),
          areas: z.array(SpotNumbers.extend({ rating: z.enum(AREA_RATINGS), share: z.number(), fields: z.int() })),
        })
        .meta({ description: 'By the ratings of annotations; null without any' }),
      neuroendocrine: z.object({
        step: z
          .enum(['< 3 %', '3 to 20 %', '> 20 %'])
          .nullable()
          .meta({ description: 'Where the hottest field of 500 nuclei lies on the scale of the WHO. No diagnosis' }),
        has_enough_nuclei: z.boolean(),
      }),
    }),
    warnings: z.array(WarningAnswer),
  })
  .meta({ id: 'SlideScores' });
export type SlideScores = z.infer<typeof SlideScores>;
