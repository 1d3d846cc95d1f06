import { expect, test } from 'vitest';
import { INITIAL_STATE, type IntakeAction, reduceIntake } from './intake-state';

const subject = { kind: 'file', file: new File(['pixels'], 'tissue.png') } as const;
const after = (...actions: IntakeAction[]) => actions.reduce(reduceIntake, INITIAL_STATE);
const taken = { type: 'taken', subject } as const;

test('a file is sent and checked', () => {
  expect(after(taken, { type: 'sent', fraction: 0.5 })).toEqual({ step: 'sending', subject, fraction: 0.5 });
  expect(after(taken, { type: 'arrived' })).toEqual({ step: 'checking', subject, delay: null });
  expect(after(taken, { type: 'arrived' }, { type: 'delayed', reason: 'not yet' })).toMatchObject({ delay: 'not yet' });
});

test('what arrives after a cancel changes nothing', () => {
  const cancelled = after(taken, { type: 'dismissed' });
  for (const late of [
    { type: 'sent', fraction: 0.5 },
    { type: 'arrived' },
    { type: 'refused', problem: 'Late.', canRetry: true },
  ] as const)
    expect(reduceIntake(cancelled, late)).toBe(cancelled);
});

test('a file that cannot be sent is told while nothing else is there, and costs nothing that is', () => {
  expect(after({ type: 'rejected', problem: 'Too large.' })).toEqual({ step: 'waiting', problem: 'Too large.' });
  expect(after(taken, { type: 'rejected', problem: 'Too large.' })).toEqual(after(taken));
});
