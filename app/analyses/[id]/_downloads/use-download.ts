import { useState } from 'react';
import { t } from '@/app/_text/t';
import { labelledName } from '@/lib/client/labelled-name';
import { saveFile } from '@/lib/client/save-file';
import { isMissingScript, sentenceOf } from '@/lib/client/sentence-of';
import type { ExportOptions } from '@/lib/contracts/exports';
import { useResultStore } from '../_result/result-context';
import type { CollectedResult } from './collect-result';
import type { ResultFile } from './result-files';

export type Download =
  | { state: 'idle' }
  /** `fraction` is null while changes are saved and nothing is packed yet. */
  | { state: 'making'; label: string; fraction: number | null }
  | { state: 'saved'; label: string }
  | { state: 'failed'; problem: string };

/** What writes files is loaded with the first one. */
type Writers = typeof import('./write-files');

/** Makes one file at a time and lets the browser save it. */
export function useDownload(options: ExportOptions) {
  const store = useResultStore();
  const [download, setDownload] = useState<Download>({ state: 'idle' });

  async function run(
    label: string,
    make: (result: CollectedResult, writers: Writers) => Promise<{ content: Blob; name: string }>,
  ) {
    if (download.state === 'making') return;
    setDownload({ state: 'making', label, fraction: null });
    try {
      const [{ collectResult }, writers] = await Promise.all([import('./collect-result'), import('./write-files')]);
      const result = await collectResult(store, options.features === 'all');
      const { content, name } = await make(result, writers);
      saveFile(content, labelledName(result.material.exported.label, name));
      setDownload({ state: 'saved', label });
    } catch (error) {
      const isSaid = error instanceof Error && !isMissingScript(error);
      const problem = isSaid ? error.message : sentenceOf(error);
      setDownload({ state: 'failed', problem });
    }
  }

  return {
    download,
    saveOne: (file: ResultFile) =>
      run(file.label, async (result, { makeFile }) => ({
        content: await makeFile(file, result, options),
        name: file.name,
      })),
    saveAll: () =>
      run(t('Everything'), async (result, { makeArchive, nameOfArchive }) => {
        const onProgress = (fraction: number) => setDownload({ state: 'making', label: t('Everything'), fraction });
        return { content: await makeArchive(result, options, onProgress), name: nameOfArchive(result) };
      }),
  };
}
