import { describe, expect, it, vi } from 'vitest';
import { AppError } from './errors';

describe('AppError', () => {
  it('knows an error of the same class from another copy of this module', async () => {
    vi.resetModules();
    const { AppError: Twin } = await import('./errors');
    expect(Twin).not.toBe(AppError);
    expect(new Twin('not_found', 'x')).toBeInstanceOf(AppError);
    expect(new Error('x')).not.toBeInstanceOf(AppError);
    for (const value of [null, undefined, 'x', {}]) expect(value).not.toBeInstanceOf(AppError);
  });
});
