import { expect, it } from 'vitest';
import { ScoringScope } from '@/lib/contracts/slide-scoring';
import { tumourScope, wasTissueScored } from './scopes';

const core = { id: 'core-of-array', class: 'other' as const, core: { row: 0, column: 1 } };
const tumour = { id: 'tumour-nest', class: 'tumour' as const, core: null };
const other = { id: 'something', class: 'other' as const, core: null };

it('the tumour is its regions, else the cores of a microarray', () => {
  expect(tumourScope([other, core, tumour])).toEqual({ kind: 'tumour' });
  const cores = tumourScope([other, core]);
  expect(cores).toEqual({ kind: 'annotations', ids: ['core-of-array'] });
  expect(ScoringScope.safeParse(cores).success).toBe(true);
  expect(tumourScope([other])).toBeNull();
});

it('the tissue was scored where a scoring of the slide is done', () => {
  const of = (kind: 'slide' | 'tumour', state: 'done' | 'running' | 'cancelled') => ({ scope: { kind }, state });
  expect(wasTissueScored(null)).toBe(false);
  expect(wasTissueScored([of('tumour', 'done'), of('slide', 'cancelled'), of('slide', 'running')])).toBe(false);
  expect(wasTissueScored([of('tumour', 'running'), of('slide', 'done')])).toBe(true);
});
