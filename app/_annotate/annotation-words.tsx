import { t } from '@/app/_text/t';
import { useAnnotationActions, useAnnotations } from './annotation-context';

/** What the page says to what was just tried: why something was not done. */
export function AnnotationWords() {
  const words = useAnnotations((state) => state.words);
  const { say } = useAnnotationActions();
  return (
    <div role="status" className="pointer-events-none absolute inset-x-3 bottom-3 flex justify-center">
      {words && (
        <p className="pointer-events-auto flex max-w-md items-center gap-3 rounded-lg bg-stage-raised px-3 py-2 text-pretty text-sm text-stage-ink">
          {words}
          <button
            type="button"
            onClick={() => say(null)}
            className="min-h-9 cursor-pointer px-1 underline underline-offset-3 focus-visible:outline-stage-accent"
          >
            {t('Close')}
          </button>
        </p>
      )}
    </div>
  );
}
