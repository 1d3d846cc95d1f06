import { useState } from 'react';
import { PanelSection } from '@/app/_components/panel-section';
import { ShareLinks, SMALL } from '@/app/_components/share-links';
import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { t } from '@/app/_text/t';
import { deleteAnalysis } from '@/lib/client/analyses';
import { useResult, useResultActions } from '../../_result/result-context';

/** The links of the result, and its deletion. */
export function ShareSection() {
  const { id, view_id: viewId, may_edit: mayEdit, expires_at: expiresAt } = useResult((state) => state.analysis);
  const { forgetChanges } = useResultActions();
  const [words, setWords] = useState('');
  const [isAsking, setIsAsking] = useState(false);

  async function remove() {
    setIsAsking(false);
    try {
      await deleteAnalysis(id);
      forgetChanges();
      // The page is loaded again, so that no copy of the result stays in its memory.
      window.location.assign('/');
    } catch (error) {
      setWords(error instanceof Error ? error.message : t('It could not be deleted.'));
    }
  }

  return (
    <PanelSection title={mayEdit ? t('Share or delete') : t('Share')}>
      <ShareLinks {...{ of: 'analyses', what: 'result', id, viewId, mayEdit, expiresAt, words }} say={setWords}>
        <Button look="secondary" className={`${SMALL} text-fault!`} onClick={() => setIsAsking(true)}>
          {t('Delete now')}
        </Button>
      </ShareLinks>
      <Modal
        title={t('Delete this result?')}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onClick={remove}>{t('Delete everything')}</Button>
            <Button look="secondary" onClick={() => setIsAsking(false)}>
              {t('Keep it')}
            </Button>
          </>
        }
      >
        <p>
          {t('The image, every picture made from it, the numbers and the feedback are removed at once, for everybody.')}
        </p>
      </Modal>
    </PanelSection>
  );
}
