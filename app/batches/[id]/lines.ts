import { type BatchFile, isOver } from '@/app/_batch/batch-uploads';
import { t } from '@/app/_text/t';
import type { BatchRow, BatchRowState } from '@/lib/contracts/batch';
import type { NamedRow } from '@/lib/exports/batch-table';

/** A line of the page: a row of the server, a file of this browser, or both. */
export type Line = {
  /** Unchanged for as long as the line is there. */
  key: string;
  name: string;
  state: BatchRowState | 'sending' | 'checking' | 'unsent';
  /** 0 to 1: sent, or analysed; null while that is not known. */
  fraction: number | null;
  problem: string | null;
  row: BatchRow | null;
};

export const SORTS = { number: t('Order'), name: t('Name'), percent: t('% positive'), nuclei: t('Nuclei') } as const;
export type Sort = keyof typeof SORTS;

export const FILTERS = {
  all: t('All'),
  open: t('Not done'),
  done: t('Done'),
  failed: t('Failed'),
  doubtful: t('With warnings'),
} as const;
export type Filter = keyof typeof FILTERS;

/** The files of this browser in their order, then what other browsers have added. */
export function linesOf(rows: readonly BatchRow[], files: readonly BatchFile[]): Line[] {
  const byAnalysis = new Map(rows.map((row) => [row.analysis, row]));
  const own = files.map((file, i): Line => {
    const row = (file.analysis !== null && byAnalysis.get(file.analysis)) || null;
    if (file.analysis !== null) byAnalysis.delete(file.analysis);
    return { key: `file ${i}`, name: file.name, row, ...standOf(file, row) };
  });
  const others = [...byAnalysis.values()].map((row): Line => {
    return {
      key: row.analysis,
      name: row.sample ?? t('Image {number}', { number: row.number }),
      row,
      ...standOfRow(row),
    };
  });
  return [...own, ...others];
}

type Stand = Pick<Line, 'state' | 'fraction' | 'problem'>;

function standOf(file: BatchFile, row: BatchRow | null): Stand {
  if (row && row.state !== 'uploading') return standOfRow(row);
  switch (file.state) {
    case 'waiting':
      return { state: 'sending', fraction: 0, problem: null };
    case 'sending':
    case 'checking':
      return { state: file.state, fraction: file.state === 'sending' ? file.fraction : null, problem: null };
    case 'refused':
      return { state: 'failed', fraction: null, problem: file.problem };
    case 'sent':
    case 'lost':
      return { state: 'unsent', fraction: null, problem: null };
  }
}

function standOfRow({ state, progress, problem }: BatchRow): Stand {
  const fraction = progress && progress.tiles > 0 ? progress.tiles_done / progress.tiles : null;
  return { state: state === 'uploading' ? 'unsent' : state, fraction, problem: problem?.detail ?? null };
}

/** As tables and reports have them. Those that the server never got are among them, and say why. */
export const rowsOf = (lines: readonly Line[]): NamedRow[] =>
  lines.map(({ name, row, state, problem }) => {
    if (row && row.state !== 'uploading') return { ...row, name };
    const known = row ?? { number: null, analysis: null, sample: null, source: null, started: null };
    return { ...known, name, state, problem: problem === null ? undefined : { detail: problem } };
  });

export const isSending = (files: readonly BatchFile[]) => files.some((file) => !isOver(file));

const percentOf = ({ row }: Line) => row?.result?.scoring.percent_pos ?? null;
const nucleiOf = ({ row }: Line) => row?.result?.scoring.num_total ?? null;

/** Sorted, in rising order; lines without a number come last. */
export function sortLines(lines: readonly Line[], sort: Sort): Line[] {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const byNumber = (of: (line: Line) => number | null) => (a: Line, b: Line) =>
    (of(a) ?? Number.POSITIVE_INFINITY) - (of(b) ?? Number.POSITIVE_INFINITY) || 0;
  switch (sort) {
    case 'number':
      return [...lines];
    case 'name':
      return [...lines].sort((a, b) => collator.compare(a.name, b.name));
    case 'percent':
      return [...lines].sort(byNumber(percentOf));
    case 'nuclei':
      return [...lines].sort(byNumber(nucleiOf));
  }
}

export const warningsOf = ({ row }: Line) => row?.result?.warnings ?? row?.source?.warnings ?? [];

export function filterLines(lines: readonly Line[], filter: Filter, text: string): Line[] {
  const wanted = text.trim().toLowerCase();
  return lines.filter((line) => isIn(line, filter) && line.name.toLowerCase().includes(wanted));
}

function isIn(line: Line, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'open':
      return line.state !== 'done';
    case 'done':
      return line.state === 'done';
    case 'failed':
      return line.state === 'failed' || line.state === 'unsent';
    case 'doubtful':
      return warningsOf(line).length > 0;
  }
}

/** The rows that the server can run now: the image is there, and nothing is to be chosen first. */
const runnable = (lines: readonly Line[]): BatchRow[] =>
  lines.flatMap(({ row }) => (row?.source && !row.source.needs_choice && row.state !== 'deleted' ? [row] : []));

/** Which analyses a press of the button runs: those that are chosen, else those without a result, else all. */
export function toRun(lines: readonly Line[], chosen: ReadonlySet<string>): { rows: BatchRow[]; label: string } {
  const rows = runnable(lines);
  const picked = rows.filter(({ analysis }) => chosen.has(analysis));
  // Also where none of them can run: who has chosen some does not want the results of all replaced.
  if (lines.some(({ row }) => row && row.state !== 'deleted' && chosen.has(row.analysis)))
    return {
      rows: picked,
      label: t('{count, plural, one {Run {count} image} other {Run {count} images}}', { count: picked.length }),
    };
  const open = rows.filter(({ state }) => state === 'ready' || state === 'cancelled');
  if (open.length > 0)
    return {
      rows: open,
      label: t('{count, plural, one {Start {count} image} other {Start {count} images}}', { count: open.length }),
    };
  const ended = rows.filter(({ state }) => state === 'done' || state === 'failed');
  return {
    rows: ended,
    label: t('{count, plural, one {Run {count} image again} other {Run {count} images again}}', {
      count: ended.length,
    }),
  };
}
