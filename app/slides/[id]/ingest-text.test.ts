import { expect, it } from 'vitest';
import { describeIngest } from './ingest-text';

const progress = { queue_position: 0, stage: null, tiles_done: 0, tiles: 0 };

it.each([
  ['queued', { ...progress, queue_position: 2 }, 'Waiting', '2 are before it.', null],
  ['queued', { ...progress, queue_position: 1 }, 'Waiting', '1 is before it.', null],
  ['queued', progress, 'Waiting', 'It is the next one.', null],
  ['running', { ...progress, stage: 'reading' }, 'Reading the file', '', null],
  [
    'running',
    { ...progress, stage: 'encoding', tiles_done: 1200, tiles: 4800 },
    'Writing the copy',
    '1,200 of 4,800 tiles',
    0.25,
  ],
  [
    'running',
    { ...progress, stage: 'encoding', tiles_done: 9, tiles: 9 },
    'Writing the copy',
    '9 of 9 tiles; storing it',
    1,
  ],
] as const)('says of %s %o: %s, %s', (state, how, label, detail, fraction) => {
  expect(describeIngest({ state, progress: how })).toEqual({ label, detail, fraction });
});
