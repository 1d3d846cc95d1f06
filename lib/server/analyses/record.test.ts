import { expect, it } from 'vitest';
import { StoredResult, StoredSource } from './record';

it('opens warnings of version 0.1.0, which were sentences alone', () => {
  const { warnings } = StoredResult.pick({ warnings: true }).parse({
    warnings: ['20x was taken.', { code: 'pixel_size_assumed', detail: '20x was taken.' }],
  });
  expect(warnings).toEqual([
    { code: 'uncoded', detail: '20x was taken.' },
    { code: 'pixel_size_assumed', detail: '20x was taken.' },
  ]);
});

it('opens sources that were stored before they had warnings', () => {
  expect(StoredSource.pick({ warnings: true }).parse({})).toEqual({ warnings: [] });
});
