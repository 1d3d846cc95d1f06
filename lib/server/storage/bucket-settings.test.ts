import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** The folders of the storage, by the constants that name them. */
const folders = readdirSync('lib/server', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(`lib/server/${file}`, 'utf8').matchAll(/^export const \w+_FOLDER = '([^']+)';$/gm)].map(
      ([, folder]) => folder,
    ),
  );

it('tells of every folder in the policy and the lifecycle rules of a bucket', () => {
  expect(folders.length).toBeGreaterThan(2);
  const blocks = [...readFileSync('lib/server/storage/README.md', 'utf8').matchAll(/```json\n(.*?)```/gs)];
  const [, lifecycle, policy] = blocks.map(([, json = '']) => JSON.parse(json));
  const ruled = lifecycle.Rules.map(({ Filter }: { Filter: { Prefix: string } }) => Filter.Prefix);
  const [objects, list] = policy.Statement;
  expect(ruled).toEqual(expect.arrayContaining(folders));
  expect(objects.Resource).toEqual(expect.arrayContaining(folders.map((one) => `arn:aws:s3:::BUCKET/${one}*`)));
  expect(list.Condition.StringLike['s3:prefix']).toEqual(expect.arrayContaining(folders.map((one) => `${one}*`)));
});
