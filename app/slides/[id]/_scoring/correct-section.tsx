import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { useScoring, useScoringActions } from './scoring-context';
import type { CorrectionTool } from './scoring-store';

const TOOLS: readonly { tool: CorrectionTool; label: string }[] = [
  { tool: 'flip', label: t('Flip class') },
  { tool: 'delete', label: t('Delete nucleus') },
  { tool: 'addPositive', label: t('Add positive') },
  { tool: 'addNegative', label: t('Add negative') },
];

/** Corrections by hand: choose a tool, then press on a nucleus. */
export function CorrectSection() {
  const tool = useScoring((state) => state.tool);
  const made = useScoring((state) => state.settings.corrections.length);
  const takenBack = useScoring((state) => state.undone.length);
  const applied = useScoring((state) => state.numbers?.applied ?? null);
  const note = useScoring((state) => state.correctionNote);
  const isKnown = useScoring((state) => state.numbers !== null);
  const mayEdit = useScoring((state) => state.mayEdit);
  const { setTool, undoCorrection, redoCorrection } = useScoringActions();
  if (!isKnown || (!mayEdit && made === 0)) return null;
  const counted = applied ? applied.class + applied.delete + applied.add : 0;
  return (
    <PanelSection
      isTool
      title={t('Cells')}
      aside={
        mayEdit && (
          <div className="flex gap-1.5">
            <button
              type="button"
              aria-label={t('Undo correction')}
              disabled={made === 0}
              onClick={undoCorrection}
              className={TEXT_BUTTON}
            >
              {t('Undo')}
            </button>
            <button
              type="button"
              aria-label={t('Redo correction')}
              disabled={takenBack === 0}
              onClick={redoCorrection}
              className={TEXT_BUTTON}
            >
              {t('Redo')}
            </button>
          </div>
        )
      }
    >
      {mayEdit && (
        <div role="toolbar" aria-label={t('Correct a nucleus')} className="grid grid-cols-2 gap-1.5">
          {TOOLS.map(({ tool: one, label }) => (
            <button
              key={one}
              type="button"
              aria-pressed={tool === one}
              onClick={() => setTool(tool === one ? null : one)}
              className="min-h-11 cursor-pointer rounded-lg border border-edge px-2 text-sm hover:border-ink aria-pressed:border-hematoxylin aria-pressed:ring-1 aria-pressed:ring-hematoxylin lg:min-h-9"
            >
              {label}
            </button>
          ))}
        </div>
      )}
      <p role="status" className="mt-1 text-pretty text-xs">
        {note}
      </p>
      <p className="mt-1 text-pretty text-muted text-xs">
        {mayEdit &&
          t(
            'Choose a tool, zoom in until nuclei are outlined, and press on one. By keys, with the focus on the slide: arrows (with Alt finely) bring one below the cross, Enter corrects it, Escape puts the tool away.',
          )}{' '}
        {made > 0 && (
          <span data-testid="corrections-made">
            {counted < made
              ? t(
                  '{made, plural, one {{made} correction made, {counted} with an effect.} other {{made} corrections made, {counted} with an effect.}}',
                  { made, counted },
                )
              : t('{made, plural, one {{made} correction made.} other {{made} corrections made.}}', { made })}
          </span>
        )}
      </p>
    </PanelSection>
  );
}
