import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { MembraneCutBoxes, MembraneNote } from '@/app/_membranes/membrane-cuts';
import { Her2Pattern, MembraneTable } from '@/app/_membranes/membrane-table';
import { t } from '@/app/_text/t';
import { unmeasuredSentence } from '@/lib/contracts/membrane-lead';
import { MEMBRANE_CUTS } from '@/lib/scoring/membrane/describe-membranes';
import { useScoring, useScoringActions } from './scoring-context';
import { activeOf, mayChange } from './scoring-store';
import { SMALL_BUTTON } from './small-button';

/** What was measured of the membranes of the slide, and its cut points; nothing where the marker is none of membranes. */
export function MembraneSection() {
  const numbers = useScoring((state) => state.numbers);
  const marker = useScoring((state) => state.settings.marker ?? null);
  const isFixed = useScoring((state) => !mayChange(state));
  const { change } = useScoringActions();
  if (!numbers?.membranes || numbers.cells === 0) return null;
  const { unmeasured } = numbers.membranes;
  // As the headline: of the tumour regions where there are any.
  const measured = (numbers.tumour ?? numbers.slide).membrane;
  const reset = Object.fromEntries(Object.keys(MEMBRANE_CUTS).map((cut) => [`membrane_${cut}`, undefined]));
  return (
    <PanelSection
      title={t('Membranes')}
      aside={
        measured && (
          <button
            type="button"
            aria-label={t('Reset cut points of membranes')}
            disabled={isFixed}
            onClick={() => change(reset)}
            className={TEXT_BUTTON}
          >
            {t('Reset')}
          </button>
        )
      }
    >
      {unmeasured > 0 && <Unmeasured missing={unmeasured} all={numbers.cells} />}
      {unmeasured === 0 && !measured && (
        <p className="text-pretty text-muted text-sm" role="status">
          {numbers.kinds === 'unknown'
            ? t(
                'Membranes are counted of tumour cells, and an older version has found these nuclei, which cannot tell them.',
              )
            : t('Membranes are counted once the kinds of nuclei are told.')}
        </p>
      )}
      {measured && (
        <fieldset aria-label={t('Membranes')} disabled={isFixed} className="min-w-0">
          <p className="text-muted text-xs">{numbers.tumour ? t('In all tumour regions.') : t('In the tissue.')}</p>
          {marker === 'her2' && <Her2Pattern {...measured} />}
          <MembraneTable {...measured} />
          <MembraneCutBoxes cuts={measured.cuts} onChange={(cut, value) => change({ [`membrane_${cut}`]: value })} />
          <MembraneNote unsure={measured.unsure} />
        </fieldset>
      )}
    </PanelSection>
  );
}

/** Says that what was scored lacks membranes, and offers to measure them. */
function Unmeasured({ missing, all }: { missing: number; all: number }) {
  const isBusy = useScoring((state) => state.isStarting || activeOf(state.scorings) !== null);
  const mayEdit = useScoring(mayChange);
  const { score } = useScoringActions();
  return (
    <div data-testid="membranes-unmeasured">
      <p className="text-pretty text-sm">{unmeasuredSentence(missing, all)}</p>
      {mayEdit && (
        <Button
          look="secondary"
          className={`my-1 ${SMALL_BUTTON}`}
          disabled={isBusy}
          onClick={() => score({ kind: 'scored' })}
        >
          {t('Measure membranes')}
        </Button>
      )}
    </div>
  );
}
