import { Button } from '@/app/_components/ui/button';
import { useMayEdit, useResult, useResultActions } from '../../_result/result-context';
import { hasUnsavedChanges } from '../../_result/result-store';

/** Asks the server to write the final pictures and numbers, and says whether the shown result is stored. */
export function UpdateBar() {
  const update = useResult((state) => state.update);
  const isChanged = useResult(hasUnsavedChanges);
  const mayEdit = useMayEdit();
  const { saveUpdate } = useResultActions();
  const isSaving = update.state === 'saving';
  const words =
    update.state === 'failed'
      ? update.problem
      : isSaving
        ? 'Saving pictures and numbers.'
        : isChanged
          ? 'Unsaved changes.'
          : 'Saved.';
  if (!mayEdit) return <p className="text-muted text-sm lg:mt-2">To look at: nothing can be changed by this link.</p>;
  return (
    <div className="flex items-center gap-3 lg:mt-2">
      <Button
        look={isChanged ? 'primary' : 'secondary'}
        aria-disabled={isSaving}
        aria-busy={isSaving}
        onClick={saveUpdate}
        className="min-h-10! shrink-0"
      >
        Update
      </Button>
      <p
        role="status"
        data-testid="update-state"
        data-state={isSaving ? 'saving' : isChanged ? 'changed' : 'saved'}
        className={`wrap-anywhere text-pretty text-sm ${update.state === 'failed' ? 'text-fault' : 'text-muted max-lg:sr-only'}`}
      >
        {words}
      </p>
    </div>
  );
}
