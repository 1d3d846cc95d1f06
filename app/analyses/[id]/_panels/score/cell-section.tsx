import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { TOOL_KEYS } from '../../_pictures/view-settings';
import { useResult, useResultActions } from '../../_result/result-context';

/** Corrections by hand, which the tools on the stage make: how many there are, and how they are made. */
export function CellSection() {
  const made = useResult((state) => state.parameters.corrections.length);
  const { clearCorrections } = useResultActions();
  return (
    <PanelSection
      title={t('Cells')}
      aside={
        <button type="button" disabled={made === 0} onClick={clearCorrections} className={TEXT_BUTTON}>
          {t('Clear')}
        </button>
      }
    >
      <p className="text-muted text-sm">
        {made === 0
          ? t('No nucleus was corrected.')
          : t('{count, plural, one {{count} correction made.} other {{count} corrections made.}}', { count: made })}
      </p>
      <details className="text-sm">
        <summary className="min-h-9 cursor-pointer py-1.5">{t('How nuclei are corrected')}</summary>
        <p className="text-pretty text-muted">
          {t(
            'Take a tool of the strip on the picture, and click a nucleus, or where its centre should be. Select many draws a rectangle around nuclei. With Split draw a line across a nucleus; with Join from one nucleus to the other. With the focus on the picture {flip} flips, {delete} deletes, {addPositive} and {addNegative} add, {select} selects, {split} splits, {join} joins; Esc lays the tool down, and Space hides the outlines while it is held. Ctrl+Z takes any change back.',
            TOOL_KEYS,
          )}
        </p>
      </details>
    </PanelSection>
  );
}
