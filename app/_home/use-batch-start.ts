import { useRouter } from 'next/navigation';
import { sentenceOf } from '@/lib/client/sentence-of';

/** Makes a batch of files, begins to send them, and opens its page. */
export function useBatchStart(onProblem: (problem: string) => void) {
  const router = useRouter();
  return async (files: readonly File[]) => {
    try {
      // Loaded when needed, because the schemas of the answers are large.
      const [{ createBatch }, { uploadsOf }, { browserMemory, rememberRecent }] = await Promise.all([
        import('@/lib/client/batches'),
        import('@/app/_batch/batch-uploads'),
        import('@/lib/client/recent'),
      ]);
      const { id } = await createBatch({});
      rememberRecent(browserMemory(), { kind: 'batch', id, label: `Batch of ${files.length} images` });
      uploadsOf(id).add(files);
      router.push(`/batches/${id}`);
    } catch (error) {
      onProblem(sentenceOf(error));
    }
  };
}
