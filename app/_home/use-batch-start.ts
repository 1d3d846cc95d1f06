import { useRouter } from 'next/navigation';
import { t } from '@/app/_text/t';
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
      const label = t('{count, plural, one {Batch of {count} image} other {Batch of {count} images}}', {
        count: files.length,
      });
      rememberRecent(browserMemory(), { kind: 'batch', id, label });
      uploadsOf(id).add(files);
      router.push(`/batches/${id}`);
    } catch (error) {
      onProblem(sentenceOf(error));
    }
  };
}
