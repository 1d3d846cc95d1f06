import type { ReactNode } from 'react';
import { dateText } from '@/app/_components/date-text';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { useResult, useResultActions } from '../../_result/result-context';
import { hasUnsavedChanges } from '../../_result/result-store';

/** Says that unsaved changes of an earlier visit were restored, or that somebody else has changed the result since. */
export function ChangesNotice() {
  const draft = useResult((state) => state.draft);
  const theirs = useResult((state) => (state.theirs?.isRefusal ? null : state.theirs));
  const isChanged = useResult(hasUnsavedChanges);
  const revision = useResult((state) => state.analysis.result?.revision);
  const { applyDraft, discardDraft, takeTheirs, keepMine } = useResultActions();
  return (
    <div role="status" className="contents">
      {theirs && (
        <Notice testId="newer-notice">
          {t('A newer version of this result was saved elsewhere: revision {theirs}, this is revision {mine}.', {
            theirs: theirs.analysis.result?.revision,
            mine: revision,
          })}
          {isChanged && ` ${t('Your changes here are not saved yet.')}`}
          <Action onClick={takeTheirs}>{t('Take theirs')}</Action>
          <Action onClick={keepMine}>{t('Keep mine')}</Action>
        </Notice>
      )}
      {draft && (isChanged || !draft.isCurrent) && (
        <Notice testId="draft-notice">
          {draft.isCurrent
            ? t('Unsaved changes from {time} were restored.', { time: timeOf(draft.savedAt) })
            : t('There are unsaved changes from {time}, made on revision {base}; this is revision {revision}.', {
                time: timeOf(draft.savedAt),
                base: draft.baseRevision,
                revision,
              })}
          {!draft.isCurrent && <Action onClick={applyDraft}>{t('Apply them')}</Action>}
          <Action onClick={discardDraft}>{t('Discard')}</Action>
        </Notice>
      )}
    </div>
  );
}

function Notice({ testId, children }: { testId: string; children: ReactNode }) {
  return (
    <p
      data-testid={testId}
      className="shrink-0 text-pretty border-hematoxylin border-l-3 pl-3 text-sm max-lg:mx-4 max-lg:mt-2 lg:mb-3"
    >
      {children}
    </p>
  );
}

function Action({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button type="button" onClick={onClick} className={`${TEXT_BUTTON} ms-2`}>
      {children}
    </button>
  );
}

/** The time of day for today, else the date. */
function timeOf(iso: string): string {
  const time = new Date(iso);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? time.toLocaleTimeString('en-GB', { timeStyle: 'short' }) : dateText(iso);
}
