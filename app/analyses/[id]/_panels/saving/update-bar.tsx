import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
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
        ? t('Saving pictures and numbers.')
        : isChanged
          ? t('Unsaved changes.')
          : t('Saved.');
  if (!mayEdit)
    return <p className="text-muted text-sm lg:mt-2">{t('To look at: nothing can be changed by this link.')}</p>;
  return (
    <div className="flex items-center gap-3 lg:mt-2" data-guide="save">
      <Button
        look={isChanged ? 'primary' : 'secondary'}
        aria-disabled={isSaving}
        aria-busy={isSaving}
        onClick={saveUpdate}
        className="min-h-10! max-lg:px-2! max-lg:leading-tight lg:shrink-0"
      >
        {t('Save changes')}
      </Button>
      <p
        role="status"
        data-testid="update-state"
        data-state={isSaving ? 'saving' : isChanged ? 'changed' : 'saved'}
        className={`min-w-0 text-sm ${update.state === 'failed' ? 'wrap-anywhere text-pretty text-fault' : 'truncate text-muted max-lg:sr-only'}`}
      >
        {words}
      </p>
    </div>
  );
}
