import { afterEach, expect, it } from 'vitest';
import { markAccepted, markMoment } from './moments';

const startOf = (name: string) =>
  performance.getEntriesByName(`restain-${name}`, 'mark').map(({ startTime }) => startTime);

afterEach(() => {
  performance.clearMarks();
});

it('marks the first time that an analysis is live, and starts anew with the next', () => {
  markAccepted();
  markMoment('number');
  markMoment('live');
  const first = startOf('live');
  markMoment('live');
  expect(startOf('live')).toEqual(first);
  markAccepted();
  expect([startOf('number'), startOf('live')]).toEqual([[], []]);
  expect(startOf('accepted')).toHaveLength(1);
  markMoment('live');
  expect(startOf('live')).toHaveLength(1);
});
