import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { t } from '@/app/_text/t';
import type { Saving } from './editing/keep-annotations';

const WORDS: Record<Saving['step'], string> = {
  loading: t('Reading'),
  unread: t('Not read'),
  saved: t('Saved'),
  saving: t('Saving'),
  waiting: t('Not saved yet'),
  conflict: t('Not saved'),
  refused: t('Not saved'),
};

/** How the annotations on the page stand to those on the server. */
export function SavingState() {
  const step = useAnnotations((state) => state.saving.step);
  const mayEdit = useAnnotations((state) => state.mayEdit);
  if (!mayEdit && step === 'saved') return null;
  const isAmiss = step === 'unread' || step === 'waiting' || step === 'conflict' || step === 'refused';
  return (
    <p role="status" data-testid="saving-state" className={`text-sm ${isAmiss ? 'text-fault' : 'text-muted'}`}>
      {WORDS[step]}
    </p>
  );
}

/** Why the annotations were not read or saved, where a person can do something about it. */
export function SavingProblem() {
  const saving = useAnnotations((state) => state.saving);
  const { reload } = useAnnotationActions();
  if (saving.step === 'waiting')
    return (
      <p className="text-pretty text-sm">
        {saving.problem} {t('What you draw is kept in this page, and sent as soon as the server answers.')}
      </p>
    );
  if (saving.step === 'refused')
    return (
      <p className="text-pretty text-sm">
        {saving.problem} {t('The next change is sent again.')}
      </p>
    );
  if (saving.step !== 'unread') return null;
  return (
    <p className="text-pretty text-sm">
      {t('The annotations could not be read.')} {saving.problem}{' '}
      <button type="button" onClick={reload} className="cursor-pointer text-hematoxylin underline underline-offset-3">
        {t('Try again')}
      </button>
    </p>
  );
}
