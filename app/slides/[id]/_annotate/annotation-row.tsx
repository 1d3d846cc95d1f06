import { memo, useEffect, useRef } from 'react';
import { useAnnotationActions, useAnnotationStore, useAnnotations } from '@/app/_annotate/annotation-context';
import { areaText } from '@/app/_annotate/area-text';
import { CLASS_LOOKS } from '@/app/_annotate/class-looks';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { areaOf, boundsOf } from '@/lib/annotations/points';
import {
  ANNOTATION_CLASSES,
  type Annotation,
  type AnnotationClass,
  coreAddress,
  MAX_ANNOTATION_NAME,
} from '@/lib/contracts/annotation';
import { ClassBadge } from './class-badge';
import { OpenAsResult } from './open-as-result';

type AnnotationRowProps = { annotation: Annotation; isSelected: boolean; micronsPerPixel: number | null };

/** What an annotation is called where it has no name. */
export const titleOf = ({ name, core, class: of }: Annotation): string =>
  name || (core ? t('Core {address}', { address: coreAddress(core) }) : CLASS_LOOKS[of].name);

/** One annotation of the list. What is selected shows what can be changed of it. */
export const AnnotationRow = memo(function AnnotationRow({
  annotation,
  isSelected,
  micronsPerPixel,
}: AnnotationRowProps) {
  const { id, class: of, polygons, is_hidden: isHidden, is_locked: isLocked } = annotation;
  const store = useAnnotationStore();
  const { select } = useAnnotationActions();
  const isAlone = useAnnotations((state) => state.selected.length === 1 && state.selected[0] === id);
  const row = useRef<HTMLLIElement>(null);
  // What is selected in the picture comes into sight in the list. The page itself does not move.
  useEffect(() => {
    const [item, list] = [row.current, row.current?.parentElement];
    if (!isAlone || !item || !list) return;
    const [top, bottom] = [item.offsetTop - list.offsetTop, item.offsetTop - list.offsetTop + item.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }, [isAlone]);
  const title = titleOf(annotation);
  const toggle = () => {
    const { selected } = store.getState();
    select(isSelected ? selected.filter((one) => one !== id) : [...selected, id]);
  };
  return (
    <li ref={row} className="py-0.5 text-sm">
      <div className="flex items-center gap-2">
        <input
          type="checkbox"
          aria-label={t('Select {title}', { title })}
          checked={isSelected}
          onChange={toggle}
          className="size-4.5 shrink-0"
        />
        <button
          type="button"
          aria-expanded={isAlone}
          onClick={() => select(isAlone ? [] : [id])}
          onDoubleClick={() => store.getState().pane?.show(boundsOf(polygons))}
          className="flex min-h-9 min-w-0 flex-1 cursor-pointer items-center gap-2 text-left"
        >
          <ClassBadge of={of} />
          <span className={`min-w-0 flex-1 truncate ${isHidden ? 'text-muted line-through' : ''}`}>{title}</span>
          {isLocked && <span className="text-muted text-xs">{t('locked')}</span>}
          <span data-testid="annotation-area" className="shrink-0 text-muted">
            {areaText(areaOf(polygons), micronsPerPixel)}
          </span>
        </button>
      </div>
      {isAlone && <RowDetails annotation={annotation} />}
    </li>
  );
});

function RowDetails({ annotation }: { annotation: Annotation }) {
  const { id, name, class: of, polygons, is_hidden: isHidden, is_locked: isLocked } = annotation;
  const store = useAnnotationStore();
  const mayEdit = useAnnotations((state) => state.mayEdit);
  const hasCores = useAnnotations((state) => state.annotations.some(({ core }) => core !== null));
  const { change, remove, setAddress } = useAnnotationActions();
  const address = annotation.core ? coreAddress(annotation.core) : '';
  const isFixed = isLocked || !mayEdit;
  const field = 'h-9 min-w-0 rounded-md border border-edge bg-surface px-2 disabled:text-muted';
  return (
    <div className="space-y-1 pb-1.5 pl-6.5">
      <div className="flex gap-2">
        <input
          aria-label={t('Name')}
          placeholder={t('Name')}
          value={name}
          disabled={isFixed}
          maxLength={MAX_ANNOTATION_NAME}
          onChange={(event) => change([id], { name: event.target.value })}
          className={`${field} flex-1`}
        />
        <select
          aria-label={t('Class')}
          value={of}
          disabled={isFixed}
          onChange={(event) => change([id], { class: event.target.value as AnnotationClass })}
          className={field}
        >
          {ANNOTATION_CLASSES.map((option) => (
            <option key={option} value={option}>
              {CLASS_LOOKS[option].name}
            </option>
          ))}
        </select>
      </div>
      {hasCores && (
        <label className="flex items-center gap-2">
          {t('Core')}
          <input
            // A new address is a new field.
            key={address}
            defaultValue={address}
            placeholder="B7"
            disabled={isFixed}
            onBlur={({ target }) => {
              const isNew = target.value.trim().toUpperCase() !== address;
              if (isNew && !setAddress(annotation, target.value)) target.value = address;
            }}
            onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
            className={`${field} w-20`}
          />
        </label>
      )}
      <div className="flex flex-wrap gap-x-3">
        <button type="button" className={TEXT_BUTTON} onClick={() => store.getState().pane?.show(boundsOf(polygons))}>
          {t('Go to')}
        </button>
        <OpenAsResult annotation={annotation} />
        {mayEdit && (
          <>
            <button type="button" className={TEXT_BUTTON} onClick={() => change([id], { is_hidden: !isHidden })}>
              {isHidden ? t('Show') : t('Hide')}
            </button>
            <button type="button" className={TEXT_BUTTON} onClick={() => change([id], { is_locked: !isLocked })}>
              {isLocked ? t('Unlock') : t('Lock')}
            </button>
            {!isLocked && (
              <button type="button" className={TEXT_BUTTON} onClick={() => remove([id])}>
                {t('Delete')}
              </button>
            )}
          </>
        )}
      </div>
    </div>
  );
}
