import { t } from '@/app/_text/t';
import { type Annotation, coreAddress, parseCoreAddress } from '@/lib/contracts/annotation';
import { editCoreGrid, type GridEdit } from '@/lib/imaging/tissue/edit-core-grid';
import type { Edit } from './operations';

type All = readonly Annotation[];
type Core = Annotation & { core: NonNullable<Annotation['core']> };

const coresOf = (annotations: All): Core[] => annotations.filter((one): one is Core => one.core !== null);

/** The grid of a tissue microarray; null where there is none. */
export function coreGridOf(annotations: All): { cores: number; rows: number; columns: number } | null {
  const cores = coresOf(annotations);
  if (cores.length === 0) return null;
  const lines = (axis: 'row' | 'column') => 1 + Math.max(...cores.map(({ core }) => core[axis]));
  return { cores: cores.length, rows: lines('row'), columns: lines('column') };
}

/** Corrects rows and columns: all cores behind a line get other addresses, those of a line that is taken out have none. */
export function editCores(annotations: All, edit: GridEdit, selected: readonly string[]): Edit {
  const cores = coresOf(annotations);
  const places = editCoreGrid(
    cores.map(({ core }) => core),
    edit,
  );
  const put = cores.flatMap((one, i): Annotation[] => {
    const place = places[i] ?? null;
    const isSame = place !== null && place.row === one.core.row && place.column === one.core.column;
    return isSame ? [] : [{ ...one, core: place && { row: place.row, column: place.column } }];
  });
  return { put, remove: [], select: [...selected] };
}

/** Gives an annotation an address, or takes it. @returns a sentence where that cannot be */
export function addressCore(annotations: All, annotation: Annotation, text: string): Edit | string {
  const core = text.trim() === '' ? null : parseCoreAddress(text);
  if (core === null && text.trim() !== '')
    return t('An address is a letter for the row and a number for the column, as B7.');
  const taken =
    core && coresOf(annotations).find((one) => one.id !== annotation.id && coreAddress(one.core) === coreAddress(core));
  if (taken && core) return t('There is a core {core} already.', { core: coreAddress(core) });
  return { put: [{ ...annotation, core }], remove: [], select: [annotation.id] };
}
