import { ProblemNotice } from '@/app/_components/problem-notice';
import { Button } from '@/app/_components/ui/button';
import { useScoring, useScoringActions } from './scoring-context';

/** Says when settings are not on the server, and asks where somebody else has changed them. */
export function SettingsState() {
  const saving = useScoring((state) => state.saving);
  const { choose } = useScoringActions();
  if (saving.step === 'conflict')
    return (
      <ProblemNotice problem="The thresholds or corrections were changed in another window, or by somebody else.">
        <div className="flex flex-wrap gap-3">
          <Button onClick={() => choose('theirs')}>Take theirs</Button>
          <Button look="secondary" onClick={() => choose('mine')}>
            Keep mine
          </Button>
        </div>
      </ProblemNotice>
    );
  if (saving.step === 'waiting')
    return (
      <p role="status" className="text-pretty text-sm">
        The thresholds are not saved yet. {saving.problem} They are sent again.
      </p>
    );
  if (saving.step === 'refused' || saving.step === 'unread')
    return (
      <ProblemNotice
        problem={`The thresholds were not ${saving.step === 'refused' ? 'saved' : 'read'}. ${saving.problem}`}
      />
    );
  return null;
}
