import { expect, it } from 'vitest';
import { titleOf } from './progress-text';

const progress = { stage: 'inferring', tiles: 8, tiles_done: 3, queue_position: 0 } as const;

it('a tab in the background says how far its analysis is, and how it has ended', () => {
  expect(titleOf({ state: 'uploading' })).toBe('Waiting for the image');
  expect(titleOf({ state: 'queued' })).toBe('Waiting for its turn');
  expect(titleOf({ state: 'running', progress: { ...progress, tiles: 0 } })).toBe('Inferring the stains');
  expect(titleOf({ state: 'running', progress })).toBe('Analysing, 38 %');
  expect(titleOf({ state: 'failed' })).toBe('Failed');
  expect(titleOf({ state: 'cancelled' })).toBe('Cancelled');
});
