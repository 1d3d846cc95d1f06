import type { NucleusColumns, NucleusTable } from './nucleus-table';

/** The nuclei that a segmentation found, in the forms that the next steps need. */
export type SegmentedNuclei = {
  readonly columns: NucleusColumns;
  /** Entry of the nucleus that covers a pixel; -1 for none. */
  readonly at: (pixel: number) => number;
  /** The same nuclei with a label map, which may be painted on the first call. */
  readonly table: () => NucleusTable;
};

export const segmentedNuclei = (table: NucleusTable): SegmentedNuclei => ({
  columns: table,
  at: (pixel) => table.labelMap.data[pixel] - 1,
  table: () => table,
});
