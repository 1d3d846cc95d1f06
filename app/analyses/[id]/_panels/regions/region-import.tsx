import { useId, useState } from 'react';
import { useResultStore } from '../../_result/result-context';
import { importRegions } from './import-regions';

/** Imports regions that were drawn in another program. */
export function RegionImport() {
  const id = useId();
  const store = useResultStore();
  const [words, setWords] = useState('');

  async function take(file: File | undefined) {
    if (!file) return;
    const { analysis, parameters, actions } = store.getState();
    const read = importRegions(await file.text(), analysis, parameters.regions.length);
    if (typeof read === 'string') return setWords(`${file.name} was not taken: ${read}`);
    actions.addRegions(read.regions);
    setWords(read.words);
  }

  return (
    <div className="mt-1.5 text-sm">
      <label
        htmlFor={id}
        className="inline-flex min-h-9 cursor-pointer items-center rounded px-1 text-hematoxylin underline decoration-1 underline-offset-3 has-focus-visible:outline-2 has-focus-visible:outline-hematoxylin lg:min-h-7"
      >
        Import regions (GeoJSON)
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
