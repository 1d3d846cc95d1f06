import { PanelSection, TEXT_BUTTON } from '../../_parts/panel-section';
import { ToolButton } from '../../_parts/tool-button';
import { useResult, useResultActions } from '../../_result/result-context';

/** Corrections by hand: choose a tool, then press on a nucleus. */
export function CellSection() {
  const made = useResult((state) => state.parameters.corrections.length);
  const takenBack = useResult((state) => state.undone.length);
  const { undoCorrection, redoCorrection, clearCorrections } = useResultActions();
  return (
    <PanelSection
      title="Cells"
      aside={
        <div className="flex gap-1.5">
          <button type="button" disabled={made === 0} onClick={undoCorrection} className={TEXT_BUTTON}>
            Undo
          </button>
          <button type="button" disabled={takenBack === 0} onClick={redoCorrection} className={TEXT_BUTTON}>
            Redo
          </button>
          <button type="button" disabled={made === 0} onClick={clearCorrections} className={TEXT_BUTTON}>
            Clear
          </button>
        </div>
      }
    >
      <div role="toolbar" aria-label="Correct a nucleus" className="grid grid-cols-2 gap-1.5">
        <ToolButton tool="flip" label="Flip class" />
        <ToolButton tool="delete" label="Delete nucleus" />
        <ToolButton tool="addPositive" label="Add positive" />
        <ToolButton tool="addNegative" label="Add negative" />
      </div>
      <p className="mt-1 text-muted text-xs">
        Choose a tool and click a nucleus, or where its centre should be.{' '}
        {made > 0 && `${made} ${made === 1 ? 'correction' : 'corrections'} made.`}
      </p>
    </PanelSection>
  );
}
