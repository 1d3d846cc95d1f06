import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { ActionButton, ToolButton } from '../../_parts/tool-button';
import { TOOL_KEYS } from '../../_pictures/view-settings';
import { useResult, useResultActions } from '../../_result/result-context';
import { canUndo } from '../../_result/result-store';

/** Corrections by hand: choose a tool, then press on a nucleus. */
export function CellSection() {
  const made = useResult((state) => state.parameters.corrections.length);
  const isUndoable = useResult(canUndo);
  const takenBack = useResult((state) => state.future.length);
  const selected = useResult((state) => state.selected.length);
  const note = useResult((state) => state.cellNote);
  const { undo, redo, clearCorrections, correctSelected } = useResultActions();
  return (
    <PanelSection
      title="Cells"
      aside={
        <div className="flex gap-1.5">
          <button type="button" disabled={!isUndoable} onClick={undo} className={TEXT_BUTTON}>
            Undo
          </button>
          <button type="button" disabled={takenBack === 0} onClick={redo} className={TEXT_BUTTON}>
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
        <ToolButton tool="split" label="Split" />
        <ToolButton tool="join" label="Join" />
        <ToolButton tool="select" label="Select many" />
      </div>
      {note && (
        <p role="status" className="mt-1 text-sm">
          {note}
        </p>
      )}
      {selected > 0 && (
        <fieldset className="mt-1.5" data-testid="selected">
          <legend className="text-sm">
            {selected} {selected === 1 ? 'nucleus' : 'nuclei'} selected
          </legend>
          <div className="mt-1 grid grid-cols-2 gap-1.5">
            <ActionButton label="Flip selected" onClick={() => correctSelected('flip')} />
            <ActionButton label="Delete selected" onClick={() => correctSelected('delete')} />
            <ActionButton label="All positive" onClick={() => correctSelected('positive')} />
            <ActionButton label="All negative" onClick={() => correctSelected('negative')} />
          </div>
        </fieldset>
      )}
      <p className="mt-1 text-muted text-xs">
        Choose a tool and click a nucleus, or where its centre should be; Select many draws a rectangle around nuclei.
        With Split draw a line across a nucleus; with Join from one nucleus to the other. With the focus on the picture{' '}
        {TOOL_KEYS.flip} flips, {TOOL_KEYS.delete} deletes, {TOOL_KEYS.addPositive} and {TOOL_KEYS.addNegative} add,{' '}
        {TOOL_KEYS.select} selects, {TOOL_KEYS.split} splits, {TOOL_KEYS.join} joins; Esc lays the tool down, and Space
        hides the outlines. {made > 0 && `${made} ${made === 1 ? 'correction' : 'corrections'} made.`}
      </p>
    </PanelSection>
  );
}
