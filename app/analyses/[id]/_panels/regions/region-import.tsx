import { useId, useState } from 'react';
import { t } from '@/app/_text/t';
import { sentenceOf } from '@/lib/client/sentence-of';
import { useResultStore } from '../../_result/result-context';

/** Imports regions that were drawn in another program. */
export function RegionImport() {
  const id = useId();
  const store = useResultStore();
  const [words, setWords] = useState('');

  async function take(file: File | undefined) {
    if (!file) return;
    // The readers of files are loaded when there is one.
    const reader = await import('./import-regions').catch(sentenceOf);
    if (typeof reader === 'string') return setWords(reader);
    const { analysis, parameters, actions } = store.getState();
    const read = reader.importRegions(await file.text(), analysis, parameters.regions.length);
    if (typeof read === 'string') return setWords(t('{file} was not taken: {why}', { file: file.name, why: read }));
    actions.addRegions(read.regions);
    setWords(read.words);
  }

  return (
    <div className="mt-1.5 text-sm">
      <label
        htmlFor={id}
        className="inline-flex min-h-9 cursor-pointer items-center rounded px-1 text-hematoxylin underline decoration-1 underline-offset-3 has-focus-visible:outline-2 has-focus-visible:outline-hematoxylin lg:min-h-7"
      >
        {t('Import regions (GeoJSON)')}
        <input
          id={id}
          type="file"
          accept=".geojson,.json,application/geo+json,application/json"
          onChange={(event) => {
            void take(event.target.files?.[0]);
            // Otherwise the same file could not be chosen again.
            event.target.value = '';
          }}
          className="sr-only"
        />
      </label>
      <p role="status" data-testid="import-state" className="wrap-anywhere text-pretty text-muted">
        {words}
      </p>
    </div>
  );
}
