import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { useScoring, useScoringActions } from './scoring-context';

/** Says when settings are not on the server, and asks where somebody else has changed them. */
export function SettingsState() {
  const saving = useScoring((state) => state.saving);
  const { choose } = useScoringActions();
  if (saving.step === 'conflict')
    return (
      <ProblemNotice problem={t('The thresholds or corrections were changed in another window, or by somebody else.')}>
        <div className="flex flex-wrap gap-3">
          <Button onClick={() => choose('theirs')}>{t('Take theirs')}</Button>
          <Button look="secondary" onClick={() => choose('mine')}>
            {t('Keep mine')}
          </Button>
        </div>
      </ProblemNotice>
    );
  if (saving.step === 'waiting')
    return (
      <p role="status" className="text-pretty text-sm">
        {t('The thresholds are not saved yet.')} {saving.problem} {t('They are sent again.')}
      </p>
    );
  if (saving.step === 'refused' || saving.step === 'unread')
    return (
      <ProblemNotice
        problem={`${saving.step === 'refused' ? t('The thresholds were not saved.') : t('The thresholds were not read.')} ${saving.problem}`}
      />
    );
  return null;
}
