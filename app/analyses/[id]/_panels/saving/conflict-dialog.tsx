import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { t } from '@/app/_text/t';
import { useResult, useResultActions } from '../../_result/result-context';

/** Shown when somebody else has written this result while it was changed here: the user keeps one of the two. */
export function ConflictDialog() {
  const theirs = useResult((state) => (state.theirs?.isRefusal ? state.theirs.analysis.result : null));
  const { takeTheirs, keepMine, postpone } = useResultActions();
  return (
    <Modal
      title={t('Somebody else has saved this result')}
      isOpen={theirs !== null}
      onClose={postpone}
      actions={
        <>
          <Button onClick={keepMine}>{t('Keep mine')}</Button>
          <Button look="secondary" onClick={takeTheirs}>
            {t('Take theirs')}
          </Button>
        </>
      }
    >
      {theirs && (
        <p className="text-pretty">
          {t(
            'Revision {revision} was saved while you made your changes: {percent} %, {positive} of {total} nuclei. Keep mine replaces it with what you see. Take theirs drops your changes.',
            {
              revision: theirs.revision,
              percent: theirs.scoring.percent_pos.toFixed(1),
              positive: theirs.scoring.num_pos,
              total: theirs.scoring.num_total,
            },
          )}
        </p>
      )}
    </Modal>
  );
}
