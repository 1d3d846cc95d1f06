import { useState } from 'react';
import { FilePick } from '@/app/_components/file-pick';
import { MarkerSelect } from '@/app/_components/marker-select';
import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { readClassifierFile, taughtText } from '@/lib/client/read-classifier-file';
import { readKindSettings } from '@/lib/contracts/slide-settings';
import { kindsSentence, madeBy } from '@/lib/exchange/score-summary';
import { useScoring, useScoringActions } from './scoring-context';
import { mayChange } from './scoring-store';
import type { KindsState } from './table/table-protocol';

const STATES: Record<Exclude<KindsState, 'told'>, string> = {
  waiting: 'Tumour nuclei are counted alone once the other numbers rest.',
  unmarked: 'This stain has no count of tumour nuclei alone.',
  unknown: 'These nuclei were found by an older version, which cannot tell tumour nuclei from others.',
};

/** Which nuclei are tumour: what tells it, and what the slide is stained for. */
export function KindsSection() {
  const state = useScoring((store) => store.numbers?.kinds ?? null);
  const settings = useScoring((store) => store.settings);
  const isFixed = useScoring((store) => !mayChange(store));
  const { change } = useScoringActions();
  const [words, setWords] = useState('');
  if (state === null) return null;

  async function take(file: File) {
    const read = await readClassifierFile(file);
    if (typeof read === 'string') return setWords(read);
    change({ classifier: read });
    setWords(`${file.name}: taught with ${taughtText(read)}.`);
  }

  return (
    <PanelSection title="Tumour nuclei">
      <p role="status" data-testid="kinds-state" className="text-pretty text-muted text-sm">
        {state === 'told'
          ? `${kindsSentence(madeBy(readKindSettings(settings).classifier))} The doubt about kinds is not in the interval.`
          : STATES[state]}
      </p>
      <div className="mt-1 space-y-1">
        <MarkerSelect
          marker={settings.marker ?? null}
          isDisabled={isFixed}
          onChange={(marker) => change({ marker: marker ?? undefined })}
        />
        {!isFixed && (
          <div className="text-sm">
            <FilePick
              label="Use what was taught on a picture (JSON)"
              accept=".json,application/json"
              onFile={(file) => void take(file)}
            />
            {settings.classifier && (
              <button
                type="button"
                className={TEXT_BUTTON}
                onClick={() => {
                  change({ classifier: undefined });
                  setWords('');
                }}
              >
                Without it
              </button>
            )}
          </div>
        )}
        <p role="status" data-testid="classifier-state" className="wrap-anywhere text-pretty text-muted text-sm">
          {words}
        </p>
      </div>
    </PanelSection>
  );
}
