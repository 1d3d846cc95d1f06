import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dateText } from './date-text';

test('a moment has its day, its month by name, its year and its time of day', () => {
  const noon = new Date(2026, 11, 2, 12, 5).toISOString();
  expect(dateText(noon)).toBe('2 Dec 2026, 12:05');
});

test('no page writes a moment in the form of the browser, which differs from those of the other pages', () => {
  const sources = readdirSync('app', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.tsx?$/.test(file),
  );
  const own = sources.filter((file) => /toLocale\w*String\((undefined|\))/.test(readFileSync(`app/${file}`, 'utf8')));
  expect(own).toEqual([]);
});
