import { expect, it } from 'vitest';
import { membraneLead } from './membrane-lead';

const MEASURED = {
  cuts: { weak: 0.2, moderate: 0.4, strong: 0.6, complete: 0.8, partial: 0.1 },
  tumour: {
    num_total: 2000,
    num_unsure: 3,
    none: 1000,
    incomplete: { weak: 400, moderate: 100, strong: 0 },
    complete: { weak: 0, moderate: 200, strong: 300 },
  },
  tps: 50,
  tps_interval: [47.8, 52.2] as [number, number],
  immune: { num_total: 40, num_pos: 20, num_pos_other: 5 },
  cps: 51,
  her2_pattern: 3 as const,
};

it('PD-L1 leads with TPS, and says of what cells CPS consists', () => {
  const { value, sentence } = membraneLead(MEASURED, 'pdl1');
  expect(value).toBe('TPS\u00a050.0\u00a0%');
  expect(sentence).toBe(
    'CPS\u00a051.0: 1,000 tumour cells, 15 lymphocytes and 5 other cells stained. 1,000 of 2,000 tumour cells have a stained membrane, 95\u00a0% interval 47.8 to 52.2\u00a0%.',
  );
});

it('HER2 leads with complete membranes, and says how all are stained', () => {
  const { value, sentence } = membraneLead(MEASURED, 'her2');
  expect(value).toBe('25.0\u00a0% complete');
  expect(sentence).toContain(
    '15.0\u00a0% complete and strong, 10.0\u00a0% complete and moderate, 0.0\u00a0% complete and weak',
  );
  expect(sentence).toContain('25.0\u00a0% incomplete, 50.0\u00a0% none');
  expect(sentence).not.toMatch(/CPS|TPS/);
});

it('another marker leads with what is stained, by no name of a score', () => {
  expect(membraneLead(MEASURED, 'other').value).toBe('50.0\u00a0% stained');
  expect(membraneLead(MEASURED, null).sentence).not.toMatch(/CPS|TPS/);
});

it('without tumour cells there is no share', () => {
  const none = { weak: 0, moderate: 0, strong: 0 };
  const tumour = { num_total: 0, num_unsure: 0, none: 0, incomplete: none, complete: none };
  expect(membraneLead({ ...MEASURED, tumour, tps: 0, cps: null }, 'pdl1').value).toBe('No sure tumour cell');
});
