import { useState } from 'react';
import { labelledName } from '@/lib/client/labelled-name';
import { saveFile } from '@/lib/client/save-file';
import { isMissingScript, sentenceOf } from '@/lib/client/sentence-of';
import type { ExportOptions } from '@/lib/contracts/exports';
import { useResultStore } from '../_result/result-context';
import { type CollectedResult, collectResult } from './collect-result';
import { makeArchive, nameOfArchive, type ResultFile } from './result-files';

export type Download =
  | { state: 'idle' }
  /** `fraction` is null while changes are saved and nothing is packed yet. */
  | { state: 'making'; label: string; fraction: number | null }
  | { state: 'saved'; label: string }
  | { state: 'failed'; problem: string };

/** Makes one file at a time and lets the browser save it. */
export function useDownload(options: ExportOptions) {
  const store = useResultStore();
  const [download, setDownload] = useState<Download>({ state: 'idle' });

  async function run(label: string, make: (result: CollectedResult) => Promise<{ content: Blob; name: string }>) {
    if (download.state === 'making') return;
    setDownload({ state: 'making', label, fraction: null });
    try {
      const result = await collectResult(store, options.features === 'all');
      const { content, name } = await make(result);
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
    saveOne: ({ label, name, make }: ResultFile) =>
      run(label, async (result) => ({ content: await make(result, options), name })),
    saveAll: () =>
      run('Everything', async (result) => {
        const onProgress = (fraction: number) => setDownload({ state: 'making', label: 'Everything', fraction });
        return { content: await makeArchive(result, options, onProgress), name: nameOfArchive(result) };
      }),
  };
}
