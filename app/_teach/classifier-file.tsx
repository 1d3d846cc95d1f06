import { useState } from 'react';
import { FilePick } from '@/app/_components/file-pick';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { readClassifierFile, taughtText } from '@/lib/client/read-classifier-file';
import { saveFile } from '@/lib/client/save-file';
import { type Classifier, faultOfTeaching, type TeachingFields, writeClassifier } from '@/lib/contracts/classifier';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';

const NAME = 'restain-classifier.json';

/** What a file states of where its nuclei are from. */
export type ClassifierOrigin = Pick<Classifier, 'model' | 'model_sha256' | 'software'>;

type ClassifierFileProps = {
  teaching: TeachingFields;
  classifier: Classifier | null;
  /** What is saved; null while there is nothing, or newer numbers are on their way. */
  taught: TaughtClassifier | null;
  origin: ClassifierOrigin;
  onTake: (classifier: Classifier | null) => void;
};

/** What was taught as a file: saved, and taken to start from. */
export function ClassifierFile({ teaching, classifier, taught, origin, onTake }: ClassifierFileProps) {
  const [words, setWords] = useState('');

  function save() {
    if (!taught) return;
    const { model, model_sha256, software } = origin;
    const by = { made_at: new Date().toISOString(), model, model_sha256, software };
    const text = `${JSON.stringify(writeClassifier(taught, by), null, 1)}\n`;
    saveFile(new Blob([text], { type: 'application/json' }), NAME);
  }

  async function take(file: File) {
    const read = await readClassifierFile(file);
    if (typeof read === 'string') return setWords(read);
    const fault = faultOfTeaching({ teaching, classifier: read });
    if (fault) return setWords(t('{file} was not taken: {fault}.', { file: file.name, fault }));
    onTake(read);
    setWords(t('Starts from {file}: {contents}.', { file: file.name, contents: taughtText(read) }));
  }

  return (
    <div className="mt-1.5 text-sm">
      <button type="button" disabled={!taught} onClick={save} className={TEXT_BUTTON}>
        {t('Save what was taught (JSON)')}
      </button>
      <FilePick label={t('Start from a file')} accept=".json,application/json" onFile={take} />
      {classifier && (
        <button
          type="button"
          onClick={() => {
            onTake(null);
            setWords('');
          }}
          className={TEXT_BUTTON}
        >
          {t('Without that file')}
        </button>
      )}
      <p role="status" data-testid="classifier-state" className="wrap-anywhere text-pretty text-muted">
        {words}
      </p>
    </div>
  );
}
