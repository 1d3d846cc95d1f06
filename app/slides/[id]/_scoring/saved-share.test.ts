import { expect, it } from 'vitest';
import { expectedArchiveBytes, expectedBytes, savedText, shareOf } from './saved-share';

it('knows about how large lists of nuclei become, and of small files nothing', () => {
  const lists = (['nuclei.geojson.gz', 'nuclei.csv.gz', 'nuclei.parquet'] as const).map((name) =>
    expectedBytes(name, 1_000_000),
  );
  for (const bytes of lists) expect(bytes).toBeGreaterThan(50e6);
  expect(expectedArchiveBytes(1_000_000)).toBe(lists.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0));
  expect(expectedBytes('report.pdf', 1_000_000)).toBeNull();
});

it('is never done before the end, and unknown where the size is', () => {
  expect([shareOf(0, 200), shareOf(50, 200), shareOf(500, 200), shareOf(5, null), shareOf(5, 0)]).toEqual([
    0,
    0.25,
    0.99,
    null,
    null,
  ]);
});

it('says how much has come of about how much', () => {
  expect(savedText(0, 5e6)).toBe('The server gathers the nuclei.');
  expect(savedText(2_340_000, 104e6)).toBe('2.3 MB of about 104 MB');
  expect(savedText(12e6, 11e6)).toBe('12 MB of about 12 MB');
  expect(savedText(300_000, null)).toBe('0.3 MB');
});
