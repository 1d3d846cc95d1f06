import { describe, expect, it } from 'vitest';
import type { BatchFile } from '@/app/_batch/batch-uploads';
import type { BatchRow } from '@/lib/contracts/batch';
import { writeBatchTable } from '@/lib/exports/batch-table';
import { filterLines, linesOf, rowsOf, sortLines, toRun } from './lines';

const idOf = (n: number) => String(n).padStart(22, 'x');
const rowOf = (number: number, changes: Partial<BatchRow> = {}): BatchRow => ({
  number,
  analysis: idOf(number),
  state: 'ready',
  sample: null,
  source: { width: 9, height: 9, microns_per_pixel: null, thumbnail: '/t', needs_choice: false, warnings: [] },
  started: null,
  ...changes,
});
const done = (number: number, percent: number, total = 100): BatchRow =>
  rowOf(number, {
    state: 'done',
    result: { scoring: { percent_pos: percent, num_total: total }, warnings: [] } as unknown as BatchRow['result'],
  });
const fileOf = (name: string, changes: Partial<BatchFile> = {}): BatchFile => ({
  name,
  bytes: 1,
  analysis: null,
  problem: null,
  state: 'sent',
  fraction: 0,
  ...changes,
});
const stateOf = (file: BatchFile, row: BatchRow[] = []) => linesOf(row, [file])[0];

describe('the lines of a batch', () => {
  it('join files and rows, in the order of the files, with the rows of other browsers after them', () => {
    const rows = [rowOf(1), rowOf(2), rowOf(3, { sample: 'ki67-low' })];
    const lines = linesOf(rows, [fileOf('b.png', { analysis: idOf(2) }), fileOf('a.png', { state: 'waiting' })]);
    expect(lines.map(({ name, row }) => [name, row?.number])).toEqual([
      ['b.png', 2],
      ['a.png', undefined],
      ['Image 1', 1],
      ['ki67-low', 3],
    ]);
  });

  it('say how a file stands until the server has it, and then what the server says', () => {
    const uploading = [rowOf(1, { state: 'uploading', source: null })];
    const sending = fileOf('a', { analysis: idOf(1), state: 'sending', fraction: 0.4 });
    expect(stateOf(sending, uploading)).toMatchObject({ state: 'sending', fraction: 0.4 });
    expect(stateOf(sending, [rowOf(1)])).toMatchObject({ state: 'ready' });
    expect(stateOf(fileOf('a', { state: 'refused', problem: 'It is empty.' }))).toMatchObject({
      state: 'failed',
      problem: 'It is empty.',
    });
    expect(stateOf(fileOf('a', { state: 'lost' }))).toMatchObject({ state: 'unsent' });
    expect(stateOf(fileOf('a', { analysis: idOf(1), state: 'sent' }), uploading)).toMatchObject({ state: 'unsent' });
    const running = rowOf(1, {
      state: 'running',
      progress: { queue_position: 0, stage: 'inferring', tiles_done: 1, tiles: 4 },
    });
    expect(stateOf(fileOf('a', { analysis: idOf(1) }), [running])).toMatchObject({ state: 'running', fraction: 0.25 });
  });

  it('are all in the table, those too that the server never got', () => {
    const files = [
      fileOf('empty.png', { state: 'refused', problem: 'It is empty.' }),
      fileOf('half.png', { analysis: idOf(1), state: 'lost' }),
      fileOf('ready.png', { analysis: idOf(2) }),
    ];
    const lines = linesOf([rowOf(1, { state: 'uploading', source: null }), rowOf(2)], files);
    const [, ...table] = writeBatchTable(rowsOf(lines), 'comma').trimEnd().split('\r\n');
    expect(table.map((line) => line.split(',').slice(0, 4))).toEqual([
      ['', 'empty.png', '', 'failed'],
      ['1', 'half.png', idOf(1), 'unsent'],
      ['2', 'ready.png', idOf(2), 'ready'],
    ]);
    expect(table[0]).toContain(',It is empty.,');
  });

  it('are sorted with those without a number last', () => {
    const lines = linesOf([done(1, 30, 5), rowOf(2), done(3, 4, 50)], []);
    const numbers = (sorted: typeof lines) => sorted.map(({ row }) => row?.number);
    expect(numbers(sortLines(lines, 'number'))).toEqual([1, 2, 3]);
    expect(numbers(sortLines(lines, 'percent'))).toEqual([3, 1, 2]);
    expect(numbers(sortLines(lines, 'nuclei'))).toEqual([1, 3, 2]);
    const named = linesOf([], [fileOf('s 10'), fileOf('s 9')]);
    expect(sortLines(named, 'name').map(({ name }) => name)).toEqual(['s 9', 's 10']);
  });

  it('are filtered by state and text', () => {
    const doubtful = rowOf(4, {
      source: { ...rowOf(4).source!, warnings: [{ code: 'no_colour', detail: 'Grey.' }] },
    });
    const lines = linesOf([done(1, 3), rowOf(2, { state: 'failed' }), rowOf(3), doubtful], []);
    const numbers = (filter: Parameters<typeof filterLines>[1], text = '') =>
      filterLines(lines, filter, text).map(({ row }) => row?.number);
    expect(numbers('all')).toEqual([1, 2, 3, 4]);
    expect(numbers('open')).toEqual([2, 3, 4]);
    expect(numbers('done')).toEqual([1]);
    expect(numbers('failed')).toEqual([2]);
    expect(numbers('doubtful')).toEqual([4]);
    expect(numbers('all', ' IMAGE 3')).toEqual([3]);
  });

  it('run what is chosen, else what has no result, else all again', () => {
    const choice = rowOf(5, { source: { ...rowOf(5).source!, needs_choice: true } });
    const lines = linesOf([done(1, 3), rowOf(2), rowOf(3, { state: 'deleted' }), choice], []);
    expect(toRun(lines, new Set([idOf(1)])).label).toBe('Run 1 image');
    expect(toRun(lines, new Set([idOf(5)]))).toEqual({ label: 'Run 0 images', rows: [] });
    expect(toRun(lines, new Set())).toMatchObject({ label: 'Start 1 image', rows: [{ number: 2 }] });
    const ended = linesOf([done(1, 3), rowOf(2, { state: 'failed' })], []);
    expect(toRun(ended, new Set())).toMatchObject({
      label: 'Run 2 images again',
      rows: [{ number: 1 }, { number: 2 }],
    });
    expect(toRun(linesOf([choice], []), new Set([idOf(5)])).rows).toEqual([]);
  });
});
