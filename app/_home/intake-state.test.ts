import { expect, test } from 'vitest';
import type { Analysis } from '@/lib/contracts/analysis';
import { INITIAL_STATE, type IntakeAction, reduceIntake } from './intake-state';

const subject = { kind: 'file', file: new File(['pixels'], 'tissue.png') } as const;
const analysis = { id: 'one' } as Analysis;
const after = (...actions: IntakeAction[]) => actions.reduce(reduceIntake, INITIAL_STATE);
const taken = { type: 'taken', subject } as const;

test('a file is sent, checked and ready', () => {
  expect(after(taken, { type: 'sent', fraction: 0.5 })).toEqual({ step: 'sending', subject, fraction: 0.5 });
  expect(after(taken, { type: 'arrived' })).toEqual({ step: 'checking', subject, delay: null });
  expect(after(taken, { type: 'arrived' }, { type: 'delayed', reason: 'not yet' })).toMatchObject({ delay: 'not yet' });
  expect(after(taken, { type: 'arrived' }, { type: 'verified', analysis })).toMatchObject({ step: 'ready', analysis });
});

test('what arrives after a cancel changes nothing', () => {
  const cancelled = after(taken, { type: 'dismissed' });
  for (const late of [
    { type: 'sent', fraction: 0.5 },
    { type: 'arrived' },
    { type: 'verified', analysis },
    { type: 'refused', problem: 'Late.', canRetry: true },
  ] as const)
    expect(reduceIntake(cancelled, late)).toBe(cancelled);
});

test('a file that is rejected does not cost the one that is ready', () => {
  const state = after(taken, { type: 'verified', analysis }, { type: 'rejected', problem: 'Too large.' });
  expect(state).toMatchObject({ step: 'ready', analysis, problem: 'Too large.' });
});
