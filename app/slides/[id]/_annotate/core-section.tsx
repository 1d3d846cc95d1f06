import { useMemo } from 'react';
import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { isDrawable } from '@/app/_annotate/annotation-store';
import { coreGridOf } from '@/app/_annotate/editing/edit-cores';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { coreAddress } from '@/lib/contracts/annotation';
import type { GridEdit } from '@/lib/imaging/tissue/edit-core-grid';

/** The grid of a tissue microarray, and how its rows and columns are corrected. */
export function CoreSection() {
  const annotations = useAnnotations((state) => state.annotations);
  const isReady = useAnnotations(isDrawable);
  const core = useAnnotations(({ annotations: all, selected }) =>
    selected.length === 1 ? (all.find(({ id }) => id === selected[0])?.core ?? null) : null,
  );
  const { select, correctGrid } = useAnnotationActions();
  const grid = useMemo(() => coreGridOf(annotations), [annotations]);
  if (!grid) return null;
  const row = core && coreAddress({ ...core, column: 0 }).slice(0, -1);
  const column = core && core.column + 1;
  const corrections: { text: string; edit: GridEdit }[] = [
    ...(core
      ? ([
          { text: t('Insert a row before {row}', { row }), edit: { kind: 'insert', axis: 'row', before: core.row } },
          { text: t('Remove row {row}', { row }), edit: { kind: 'remove', axis: 'row', line: core.row } },
          {
            text: t('Insert a column before {column}', { column }),
            edit: { kind: 'insert', axis: 'column', before: core.column },
          },
          {
            text: t('Remove column {column}', { column }),
            edit: { kind: 'remove', axis: 'column', line: core.column },
          },
        ] as const)
      : []),
    { text: t('Count rows from the other end'), edit: { kind: 'reverse', axis: 'row' } },
    { text: t('Count columns from the other end'), edit: { kind: 'reverse', axis: 'column' } },
    { text: t('Swap rows and columns'), edit: { kind: 'transpose' } },
  ];
  return (
    <details className="text-sm">
      <summary className="min-h-9 cursor-pointer py-1.5">
        {t('Tissue microarray: {cores} cores in {rows} rows and {columns} columns', {
          cores: grid.cores,
          rows: grid.rows,
          columns: grid.columns,
        })}
      </summary>
      <div className="flex flex-wrap gap-x-3">
        <button
          type="button"
          className={TEXT_BUTTON}
          onClick={() => select(annotations.filter((one) => one.core).map(({ id }) => id))}
        >
          {t('Select all cores')}
        </button>
        {isReady &&
          corrections.map(({ text, edit }) => (
            <button key={text} type="button" className={TEXT_BUTTON} onClick={() => correctGrid(edit)}>
              {text}
            </button>
          ))}
      </div>
      {isReady && !core && (
        <p className="text-pretty text-muted">{t('Select a core to insert or remove a line beside it.')}</p>
      )}
    </details>
  );
}
