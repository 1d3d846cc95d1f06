import { expect, test } from 'vitest';
import { type AnalysisAction, INITIAL_STATE, reduceAnalysis } from './analysis-state';

const file = new File(['pixels'], 'tissue.png');
const after = (...actions: AnalysisAction[]) => actions.reduce(reduceAnalysis, INITIAL_STATE);

test('a failed analysis keeps the file and the magnification chosen', () => {
  const state = after(
    { type: 'chosen', file },
    { type: 'resolutionPicked', resolution: '40x' },
    { type: 'started' },
    { type: 'failed', problem: 'The server is busy.' },
  );
  expect(state).toEqual({ file, resolution: '40x', run: { step: 'waiting' }, problem: 'The server is busy.' });
});

test('a cancelled analysis keeps the file chosen and is no problem', () => {
  expect(after({ type: 'chosen', file }, { type: 'started' }, { type: 'cancelled' })).toEqual({
    ...INITIAL_STATE,
    file,
  });
});

test('progress that arrives after a cancel changes nothing', () => {
  const cancelled = after({ type: 'chosen', file }, { type: 'started' }, { type: 'cancelled' });
  expect(reduceAnalysis(cancelled, { type: 'sent', fraction: 0.5 })).toBe(cancelled);
  expect(reduceAnalysis(cancelled, { type: 'queued' })).toBe(cancelled);
  const status = { state: 'STARTED', progress: 0.5, queue_position: 0 } as const;
  expect(reduceAnalysis(cancelled, { type: 'progressed', status })).toBe(cancelled);
});

test('a file that is refused does not cost the one that was chosen', () => {
  expect(after({ type: 'chosen', file }, { type: 'failed', problem: 'Too large.' }).file).toBe(file);
});

test('starting again clears the last problem', () => {
  expect(after({ type: 'chosen', file }, { type: 'failed', problem: 'Busy.' }, { type: 'started' }).problem).toBeNull();
});

test('another image keeps the magnification, since slides come in series', () => {
  const state = after({ type: 'chosen', file }, { type: 'resolutionPicked', resolution: '10x' }, { type: 'dismissed' });
  expect(state).toEqual({ ...INITIAL_STATE, resolution: '10x' });
});
