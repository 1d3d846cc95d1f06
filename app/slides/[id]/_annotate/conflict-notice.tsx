import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import type { Choice } from '@/lib/client/keep-saved';
import { SavingProblem } from './saving-state';

const CHOICES: readonly { choice: Choice; text: string }[] = [
  { choice: 'together', text: t('Keep both') },
  { choice: 'theirs', text: t('Take theirs') },
  { choice: 'mine', text: t('Keep mine') },
];

/** Tells that somebody else has changed the annotations meanwhile, and asks what shall be; or what else is amiss. */
export function ConflictNotice() {
  const isConflict = useAnnotations((state) => state.saving.step === 'conflict');
  const { choose } = useAnnotationActions();
  if (!isConflict) return <SavingProblem />;
  return (
    <div role="alert" className="space-y-2 rounded-lg border border-edge p-3 text-sm">
      <p className="text-pretty">
        {t(
          'The annotations were changed in another window, or by somebody else. Yours are kept in this page. If you keep both, what both have changed is there twice. Undo brings yours back.',
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        {CHOICES.map(({ choice, text }) => (
          <Button
            key={choice}
            look={choice === 'together' ? 'primary' : 'secondary'}
            className="min-h-9! px-3!"
            onClick={() => choose(choice)}
          >
            {text}
          </Button>
        ))}
      </div>
    </div>
  );
}
