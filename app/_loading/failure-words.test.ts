import { expect, test } from 'vitest';
import { failureWords } from './failure-words';

test.each([
  ['worker-ended', 'A part of this page stopped working.'],
  ['picture-expired', 'A picture of this result could not be fetched: its link has expired.'],
  ['picture-refused 503', 'A picture of this result could not be fetched: the server answered 503.'],
  [
    'picture-incomplete The picture ends after 3 of 9 rows.',
    'A picture of this result is incomplete: The picture ends after 3 of 9 rows.',
  ],
  ['The pictures are not loaded yet.', 'The pictures are not loaded yet.'],
])('the page has words for what a worker tells: %s', (problem, words) => {
  expect(failureWords(problem)).toBe(words);
});
