import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { NUCLEI, ON_SLIDE, WHOLE } from './__fixtures__/drawn-nuclei';
import { describeObjects, GEOJSON_CLASSES } from './qupath-geojson';

// What QuPath's reader needs, for all that writes for it: the server here, the Java client in its own tests.
const schema = z.fromJSONSchema(JSON.parse(readFileSync('integrations/qupath/geojson.schema.json', 'utf8')));

const rings = [
  [
    [0, 0],
    [9, 0],
    [9, 9],
    [0, 0],
  ],
] as const;
const region = (kind: 'include' | 'exclude') => ({ name: '', kind, enabled: true, rings });

it.each(GEOJSON_CLASSES.flatMap((classes) => [WHOLE, ON_SLIDE].map((frame) => ({ classes, frame }))))(
  'nuclei and regions have the form that QuPath reads: $classes, $frame.coordinates',
  ({ classes, frame }) => {
    const objects = describeObjects(NUCLEI, [region('include'), region('exclude')], {
      frame,
      micronsPerPixel: 0.5,
      classes,
    });
    expect(objects.features).toHaveLength(NUCLEI.length + 2);
    expect(schema.safeParse(JSON.parse(JSON.stringify(objects)))).toMatchObject({ success: true });
  },
);

type Loose = Record<string, unknown> & { features: { id: string; properties: { classification: object } }[] };

it.each<[string, (objects: Loose) => void]>([
  [
    'a class without a colour',
    ({ features }) => Object.assign(features[0]!.properties, { classification: { name: 'Positive' } }),
  ],
  ['an id that is no UUID', ({ features }) => Object.assign(features[0]!, { id: '1' })],
  [
    'a ring of three positions',
    ({ features }) =>
      Object.assign(features[0]!, {
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [0, 0],
              [1, 1],
              [0, 0],
            ],
          ],
        },
      }),
  ],
  [
    'a measurement that is no number',
    ({ features }) => Object.assign(features[0]!.properties, { measurements: { 'H-score': null } }),
  ],
])('%s is noticed', (_, spoil) => {
  const objects = describeObjects(NUCLEI, [], { frame: WHOLE, micronsPerPixel: 0.5, classes: 'positive' });
  const spoilt: Loose = JSON.parse(JSON.stringify(objects));
  spoil(spoilt);
  expect(schema.safeParse(spoilt).success).toBe(false);
});
