import { useState } from 'react';
import { PanelSection } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { deleteAnalysis } from '@/lib/client/analyses';
import { useResult, useResultActions } from '../../_result/result-context';

/** Copies the address of the result, and deletes the result. */
export function ShareSection() {
  const { id, expires_at: expiresAt } = useResult((state) => state.analysis);
  const { forgetChanges } = useResultActions();
  const [words, setWords] = useState('');
  const [isAsking, setIsAsking] = useState(false);

  async function copy() {
    const link = new URL(`/analyses/${id}`, window.location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      setWords('Copied.');
    } catch {
      // Without https, or without permission, the address has to be copied by hand.
      setWords(link);
    }
  }

  async function remove() {
    setIsAsking(false);
    try {
      await deleteAnalysis(id);
      forgetChanges();
      // The page is loaded again, so that no copy of the result stays in its memory.
      window.location.assign('/');
    } catch (error) {
      setWords(error instanceof Error ? error.message : 'It could not be deleted.');
    }
  }

  return (
    <PanelSection title="Share or delete">
      <p className="text-pretty text-muted text-sm">
        Anyone who has the link can see, change and delete this result. Deleted automatically on{' '}
        {new Date(expiresAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}.
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <Button look="secondary" className="min-h-9! px-3!" onClick={copy}>
          Copy link
        </Button>
        <Button look="secondary" className="min-h-9! px-3! text-fault!" onClick={() => setIsAsking(true)}>
          Delete now
        </Button>
      </div>
      <p role="status" className="wrap-anywhere mt-1 text-sm">
        {words}
      </p>
      <Modal
        title="Delete this result?"
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onClick={remove}>Delete everything</Button>
            <Button look="secondary" onClick={() => setIsAsking(false)}>
              Keep it
            </Button>
          </>
        }
      >
        <p>The image, every picture made from it, the numbers and the feedback are removed at once, for everybody.</p>
      </Modal>
    </PanelSection>
  );
}
