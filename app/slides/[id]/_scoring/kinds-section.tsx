import { MarkerSelect } from '@/app/_components/marker-select';
import { PanelSection } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { kindsSentence, madeBy } from '@/lib/exchange/score-summary';
import { useScoring, useScoringActions } from './scoring-context';
import { mayChange } from './scoring-store';
import type { KindsState } from './table/table-protocol';

const STATES: Record<Exclude<KindsState, 'told'>, string> = {
  waiting: t('Tumour nuclei are counted alone once the other numbers rest.'),
  unmarked: t('This stain has no count of tumour nuclei alone.'),
  unknown: t('These nuclei were found by an older version, which cannot tell tumour nuclei from others.'),
};

/** Which nuclei are tumour: what tells it, and what the slide is stained for. */
export function KindsSection() {
  const state = useScoring((store) => store.numbers?.kinds ?? null);
  const taught = useScoring((store) => store.numbers?.teaching.taught ?? null);
  const settings = useScoring((store) => store.settings);
  const isFixed = useScoring((store) => !mayChange(store));
  const { change } = useScoringActions();
  if (state === null) return null;

  return (
    <PanelSection title={t('Tumour nuclei')}>
      <p role="status" data-testid="kinds-state" className="text-pretty text-muted text-sm">
        {state === 'told'
          ? `${kindsSentence(madeBy(taught))} ${t('The doubt about kinds is not in the interval.')}`
          : STATES[state]}
      </p>
      <div className="mt-1 space-y-1">
        <MarkerSelect
          marker={settings.marker ?? null}
          isDisabled={isFixed}
          onChange={(marker) => change({ marker: marker ?? undefined })}
        />
      </div>
    </PanelSection>
  );
}
