import { useState } from 'react';
import { FilePick } from '@/app/_components/file-pick';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { readClassifierFile, taughtText } from '@/lib/client/read-classifier-file';
import type { Classifier } from '@/lib/contracts/classifier';

type ClassifierFieldProps = { classifier: Classifier | null; onChange: (classifier: Classifier | null) => void };

/** A classifier that was taught on the page of a result, for all images. */
export function ClassifierField({ classifier, onChange }: ClassifierFieldProps) {
  const [words, setWords] = useState('');

  async function take(file: File) {
    const read = await readClassifierFile(file);
    if (typeof read === 'string') return setWords(read);
    onChange(read);
    setWords(t('{file}: taught with {examples}.', { file: file.name, examples: taughtText(read) }));
  }

  return (
    <div className="text-sm">
      <FilePick label={t('Use a taught classifier (JSON)')} accept=".json,application/json" onFile={take} />
      {classifier && (
        <button
          type="button"
          onClick={() => {
            onChange(null);
            setWords('');
          }}
          className={TEXT_BUTTON}
        >
          {t('Without it')}
        </button>
      )}
      <p role="status" className="wrap-anywhere text-pretty text-muted">
        {words}
      </p>
    </div>
  );
}
