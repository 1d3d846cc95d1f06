import { t } from '@/app/_text/t';
import { BarButton } from '@/app/_viewer/bar-button';
import { ANNOTATION_CLASSES, type AnnotationClass } from '@/lib/contracts/annotation';
import { useAnnotationActions, useAnnotationStore, useAnnotations } from './annotation-context';
import { isDrawable } from './annotation-store';
import { CLASS_LOOKS } from './class-looks';

/** What can be done with the annotations that are selected. */
export function SelectionBar({ hint, hasClasses = true }: { hint: string; hasClasses?: boolean }) {
  const count = useAnnotations((state) => state.selected.length);
  const corner = useAnnotations((state) => state.corner);
  const isReady = useAnnotations(isDrawable);
  const parts = useAnnotations(({ annotations, selected }) =>
    selected.length === 1 ? (annotations.find(({ id }) => id === selected[0])?.polygons.length ?? 0) : 0,
  );
  const store = useAnnotationStore();
  const { change, duplicate, merge, split, remove, removeCorner } = useAnnotationActions();
  const inParts = t('Split into {parts}', { parts });
  if (count === 0 || !isReady)
    return (
      <span className="hidden min-h-11 flex-1 items-center truncate text-sm text-stage-muted lg:flex">{hint}</span>
    );
  return (
    <div
      role="toolbar"
      aria-label={t('Selection')}
      className="flex min-h-11 grow basis-full flex-wrap items-center text-sm sm:basis-0"
    >
      <span className="px-1 text-stage-muted">{t('{count} selected', { count })}</span>
      {hasClasses && count > 1 && (
        <select
          aria-label={t('Class of all that are selected')}
          value=""
          onChange={(event) => change(store.getState().selected, { class: event.target.value as AnnotationClass })}
          className="h-9 rounded-md border border-stage-edge bg-stage px-2 focus-visible:outline-stage-accent"
        >
          <option value="" disabled>
            {t('Class')}
          </option>
          {ANNOTATION_CLASSES.map((name) => (
            <option key={name} value={name}>
              {CLASS_LOOKS[name].name}
            </option>
          ))}
        </select>
      )}
      <BarButton label={t('Duplicate')} text={t('Duplicate')} onClick={() => duplicate()} />
      {count > 1 && <BarButton label={t('Merge')} text={t('Merge')} onClick={() => merge()} />}
      {parts > 1 && <BarButton label={inParts} text={inParts} onClick={() => split()} />}
      {corner && <BarButton label={t('Delete corner')} text={t('Delete corner')} onClick={() => removeCorner()} />}
      <BarButton label={t('Delete')} text={t('Delete')} onClick={() => remove()} />
    </div>
  );
}
