import { chooseRuns, type NucleusRuns, runsOfLabels } from './nucleus-runs';
import { chooseColumns, type MeasuredNuclei, type NucleusTable } from './nucleus-table';

/** The nuclei that count, one entry each, and their pixels. */
export type NucleusRecords = MeasuredNuclei & {
  /** 1 = positive, after the gates and corrections. */
  readonly positive: Uint8Array;
  readonly runs: NucleusRuns;
};

/** The kept nuclei in label order, with the classes of the score. */
export function takeRecords(
  table: NucleusTable,
  { kept, positive }: { kept: Uint8Array; positive: Uint8Array },
): NucleusRecords {
  return {
    ...chooseColumns({ ...table, positive }, kept),
    runs: chooseRuns(runsOfLabels(table.labelMap), kept),
  };
}
