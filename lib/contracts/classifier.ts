import { z } from 'zod';
import { PRIOR_ID, TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import { KINDS } from '@/lib/scoring/classify/kinds';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';
import type { Taught } from './read-teaching';

export const CLASSIFIER_SCHEMA = 'restain-classifier/1';
/** Besides the four kinds. */
const MAX_CLASSES = 8;
/** On one image. */
export const MAX_TEACHING_CLICKS = 2000;
const MAX_NAME = 40;
const MAX_WEIGHT = 1000;
/** A file has 4 to 12 numbers in each of its rows. */
export const MAX_CLASSIFIER_BYTES = 65_536;

/** A user's class. Files of nuclei state the name. */
export const TaughtClass = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(MAX_NAME)
      .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u, 'expected letters, digits, spaces and . _ + - alone')
      .refine((name) => !(KINDS as readonly string[]).includes(name.toLowerCase()), 'is the name of a kind already'),
    kind: z.enum(KINDS).meta({ description: 'The kind as which its nuclei count: with `tumour`, as tumour nuclei' }),
  })
  .meta({ id: 'TaughtClass', description: 'A class that a user named' });
export type TaughtClass = z.infer<typeof TaughtClass>;

const classes = z
  .array(TaughtClass)
  .max(MAX_CLASSES)
  .refine((of) => new Set(of.map(({ name }) => name)).size === of.length, 'a class is named twice');

const weight = z.number().min(-MAX_WEIGHT).max(MAX_WEIGHT);
const limit = z.number().min(-3).max(3).nullable();
const count = z.int().min(0).max(1e9);

const Limits = z
  .strictObject({
    positive_from: limit.meta({ description: 'From this `brown_mean` on a nucleus is positive; null: no such limit' }),
    negative_below: limit.meta({ description: 'Up to this `brown_mean` it is negative; null: no such limit' }),
  })
  .meta({
    id: 'ClassLimits',
    description: 'Where staining is odd: which nuclei are positive whatever the network says',
  });

/** What was taught by clicks, as a file: to keep, and to apply to other pictures. */
export const Classifier = z
  .strictObject({
    schema: z.literal(CLASSIFIER_SCHEMA),
    prior: z.string().max(64).meta({ description: 'Of the classifier that the weights are added to' }),
    made_at: z.iso.datetime(),
    software: z.string().max(100).meta({ description: 'Version of the server whose page made it' }),
    model: z.string().max(200).meta({ description: 'That found the nuclei it was taught on' }),
    model_sha256: z.string().max(64),
    images: count.meta({ description: 'On how many images it was taught' }),
    clicks: count.meta({ description: 'Nuclei whose kind or class by name was stated' }),
    class_clicks: count.meta({ description: 'Nuclei that were called positive or negative' }),
    classes,
    weights: z
      .record(
        z.string().max(64),
        z
          .array(weight)
          .min(KINDS.length)
          .max(KINDS.length + MAX_CLASSES),
      )
      .nullable()
      .meta({
        description:
          'Of the constant and each feature: what is added to the score of `tumour`, `lymphocyte`, `stroma`, `other` and each of `classes`. null: kinds were not taught',
      }),
    limits: Limits.nullable().meta({ description: 'null: classes were not calibrated' }),
  })
  .superRefine(({ prior, classes: named, weights }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (prior !== PRIOR_ID)
      return refuse(
        'prior',
        `was taught on top of another version of the classifier of kinds (${JSON.stringify(prior)}, this server has "${PRIOR_ID}"): teach it again`,
      );
    if (weights === null) return;
    const missing = TAUGHT_COLUMNS.find((column) => weights[column] === undefined);
    const unknown = Object.keys(weights).find((column) => !TAUGHT_COLUMNS.includes(column));
    const width = KINDS.length + named.length;
    const uneven = Object.entries(weights).find(([, row]) => row.length !== width);
    if (missing !== undefined) refuse('weights', `lack the row ${missing}`);
    else if (unknown !== undefined) refuse('weights', `have a row of no known feature, ${JSON.stringify(unknown)}`);
    else if (uneven)
      refuse('weights', `row ${uneven[0]} has ${uneven[1].length} numbers, expected one for each class: ${width}`);
  })
  .meta({
    id: 'Classifier',
    description: 'A classifier that was taught by clicks; the result page makes and reads them',
  });
export type Classifier = z.infer<typeof Classifier>;

/** Only classes are calibrated: such a file is short. */
export const EXAMPLE_CLASSIFIER = JSON.stringify({
  schema: CLASSIFIER_SCHEMA,
  prior: PRIOR_ID,
  made_at: '2026-11-30T08:00:00Z',
  software: '0.2.0',
  model: 'restain-ihc@0.11.0',
  model_sha256: '',
  images: 1,
  clicks: 0,
  class_clicks: 12,
  classes: [],
  weights: null,
  limits: { positive_from: 0.12, negative_below: null },
} satisfies Classifier);

const click = { x: z.number(), y: z.number() };

/** What was taught on one image. */
export const TeachingFields = z
  .strictObject({
    classes: classes.meta({ description: 'Classes besides the four kinds' }),
    clicks: z
      .array(
        z.union([
          z.strictObject({ ...click, name: z.string().max(MAX_NAME) }),
          z.strictObject({ ...click, positive: z.boolean() }),
        ]),
      )
      .max(MAX_TEACHING_CLICKS)
      .meta({
        description:
          'What the nucleus that covers a point is, image pixels: `name` is a kind or the name of a class; or whether it is positive',
      }),
  })
  .meta({ id: 'Teaching', description: 'What was taught by clicks on this image' });
export type TeachingFields = z.infer<typeof TeachingFields>;

/** What a nucleus that is clicked is said to be. */
export type TeachAs = { name: string } | { positive: boolean };

/** Refuses clicks of a class that is not named, and classes that the classifier has as another kind. */
export function refuseUnnamed(
  { teaching, classifier }: Taught,
  context: { addIssue: (issue: { code: 'custom'; path: string[]; message: string }) => void },
): void {
  if (!teaching) return;
  const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['teaching'], message });
  const known = [...(classifier?.classes ?? []), ...teaching.classes];
  const names = new Set<string>([...KINDS, ...known.map(({ name }) => name)]);
  const unnamed = teaching.clicks.find((of) => 'name' in of && !names.has(of.name));
  if (unnamed && 'name' in unnamed)
    refuse(`a click names the class ${JSON.stringify(unnamed.name)}, which is neither a kind nor in classes`);
  for (const { name, kind } of teaching.classes) {
    const other = classifier?.classes.find((of) => of.name === name && of.kind !== kind);
    if (other) refuse(`the class ${name} counts as ${kind}, in the classifier as ${other.kind}`);
  }
  if (new Set(known.map(({ name }) => name)).size > MAX_CLASSES)
    refuse(`expected at most ${MAX_CLASSES} classes besides the kinds, with those of the classifier`);
}

/** The first thing that is wrong with what was taught; null where nothing is. */
export function faultOfTeaching(taught: Taught): string | null {
  const faults: string[] = [];
  refuseUnnamed(taught, { addIssue: ({ message }) => faults.push(message) });
  return faults[0] ?? null;
}

const DIGITS = 6;

/** As a file. */
export function writeClassifier(
  { weights, limits, clicks, classClicks, images }: TaughtClassifier,
  by: Pick<Classifier, 'made_at' | 'software' | 'model' | 'model_sha256'>,
): Classifier {
  const round = (value: number) => Number(value.toFixed(DIGITS));
  return {
    schema: CLASSIFIER_SCHEMA,
    prior: PRIOR_ID,
    ...by,
    ...{ images, clicks, class_clicks: classClicks },
    classes: [...(weights?.classes ?? [])],
    weights:
      weights && Object.fromEntries(TAUGHT_COLUMNS.map((column, f) => [column, (weights.rows[f] ?? []).map(round)])),
    limits: limits && {
      positive_from: limits.positiveFrom && round(limits.positiveFrom),
      negative_below: limits.negativeBelow && round(limits.negativeBelow),
    },
  };
}

/**
 * Reads the text of a file.
 *
 * @returns a string, the reason, when it cannot be used.
 */
export function parseClassifier(text: string): Classifier | string {
  if (text.length > MAX_CLASSIFIER_BYTES)
    return `expected a taught classifier of at most ${MAX_CLASSIFIER_BYTES} characters, got ${text.length}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'expected the JSON of a taught classifier, got text that is no JSON';
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== CLASSIFIER_SCHEMA)
    return `expected a taught classifier with "schema": "${CLASSIFIER_SCHEMA}", got ${schema === undefined ? 'JSON without a schema' : JSON.stringify(schema).slice(0, 60)}`;
  const read = Classifier.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return `the classifier cannot be used: ${[...(issue?.path ?? []), issue?.message].join(' ')}`;
}
