import { useState } from 'react';
import { FilePick } from '@/app/_components/file-pick';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { readClassifierFile, taughtText } from '@/lib/client/read-classifier-file';
import { saveFile } from '@/lib/client/save-file';
import { faultOfTeaching, writeClassifier } from '@/lib/contracts/classifier';
import { useResult, useResultActions, useResultStore } from '../../_result/result-context';
import { isUpToDate } from '../../_result/result-store';

const NAME = 'restain-classifier.json';

/** What was taught as a file: saved, and taken to start from. */
export function ClassifierFile() {
  const store = useResultStore();
  const { setClassifier } = useResultActions();
  const classifier = useResult((state) => state.parameters.classifier);
  const taught = useResult((state) => (isUpToDate(state) ? (state.live?.numbers.taught ?? null) : null));
  const [words, setWords] = useState('');

  function save() {
    const { result } = store.getState().analysis;
    if (!taught || !result) return;
    const { model, model_sha256, software } = result.provenance;
    const by = { made_at: new Date().toISOString(), model, model_sha256, software };
    const text = `${JSON.stringify(writeClassifier(taught, by), null, 1)}\n`;
    saveFile(new Blob([text], { type: 'application/json' }), NAME);
  }

  async function take(file: File) {
    const read = await readClassifierFile(file);
    if (typeof read === 'string') return setWords(read);
    const fault = faultOfTeaching({ teaching: store.getState().parameters.teaching, classifier: read });
    if (fault) return setWords(`${file.name} was not taken: ${fault}.`);
    setClassifier(read);
    setWords(`Starts from ${file.name}: ${taughtText(read)}.`);
  }

  return (
    <div className="mt-1.5 text-sm">
      <button type="button" disabled={!taught} onClick={save} className={TEXT_BUTTON}>
        Save what was taught (JSON)
      </button>
      <FilePick label="Start from a file" accept=".json,application/json" onFile={take} />
      {classifier && (
        <button
          type="button"
          onClick={() => {
            setClassifier(null);
            setWords('');
          }}
          className={TEXT_BUTTON}
        >
          Without that file
        </button>
      )}
      <p role="status" data-testid="classifier-state" className="wrap-anywhere text-pretty text-muted">
        {words}
      </p>
    </div>
  );
}
