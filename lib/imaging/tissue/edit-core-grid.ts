/** Anything that has a place in the grid, counted from 0. */
type Addressed = { readonly row: number; readonly column: number };

export type Axis = 'row' | 'column';

/** What a person corrects: the grid as a whole, since one wrong line moves the addresses of all behind it. */
export type GridEdit =
  /** Makes room for an empty line before this one. */
  | { readonly kind: 'insert'; readonly axis: Axis; readonly before: number }
  /** Takes a line out; its cores lose their addresses. */
  | { readonly kind: 'remove'; readonly axis: Axis; readonly line: number }
  /** Counts from the other end. */
  | { readonly kind: 'reverse'; readonly axis: Axis }
  /** Rows become columns. */
  | { readonly kind: 'transpose' };

/**
 * Corrects the rows and columns of cores.
 *
 * @returns new addresses in the order of `cores`; null for a core that has none any more
 */
export function editCoreGrid<Core extends Addressed>(cores: readonly Core[], edit: GridEdit): (Core | null)[] {
  if (edit.kind === 'transpose') return cores.map((core) => ({ ...core, row: core.column, column: core.row }));
  const { axis } = edit;
  const last = Math.max(0, ...cores.map((core) => core[axis]));
  const renumber = (line: number): number | null => {
    if (edit.kind === 'reverse') return last - line;
    if (edit.kind === 'insert') return line >= edit.before ? line + 1 : line;
    return line === edit.line ? null : line > edit.line ? line - 1 : line;
  };
  return cores.map((core) => {
    const line = renumber(core[axis]);
    return line === null ? null : { ...core, [axis]: line };
  });
}
