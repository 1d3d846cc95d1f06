import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { TOOL_KEYS } from '../../_pictures/view-settings';
import { useResult, useResultActions } from '../../_result/result-context';

/** Corrections by hand, which the tools on the stage make: how many there are, and how they are made. */
export function CellSection() {
  const made = useResult((state) => state.parameters.corrections.length);
  const { clearCorrections } = useResultActions();
  return (
    <PanelSection
      title="Cells"
      aside={
        <button type="button" disabled={made === 0} onClick={clearCorrections} className={TEXT_BUTTON}>
          Clear
        </button>
      }
    >
      <p className="text-muted text-sm">
        {made === 0 ? 'No nucleus was corrected.' : `${made} ${made === 1 ? 'correction' : 'corrections'} made.`}
      </p>
      <details className="text-sm">
        <summary className="min-h-9 cursor-pointer py-1.5">How nuclei are corrected</summary>
        <p className="text-pretty text-muted">
          Take a tool of the strip on the picture, and click a nucleus, or where its centre should be. Select many draws
          a rectangle around nuclei. With Split draw a line across a nucleus; with Join from one nucleus to the other.
          With the focus on the picture {TOOL_KEYS.flip} flips, {TOOL_KEYS.delete} deletes, {TOOL_KEYS.addPositive} and{' '}
          {TOOL_KEYS.addNegative} add, {TOOL_KEYS.select} selects, {TOOL_KEYS.split} splits, {TOOL_KEYS.join} joins; Esc
          lays the tool down, and Space hides the outlines while it is held. Ctrl+Z takes any change back.
        </p>
      </details>
    </PanelSection>
  );
}
