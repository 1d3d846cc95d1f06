import { useState } from 'react';
import { useAnnotations } from '@/app/_annotate/annotation-context';
import { t } from '@/app/_text/t';
import { AnnotationFiles } from './annotation-files';
import { AnnotationRow } from './annotation-row';
import { ConflictNotice } from './conflict-notice';
import { CoreSection } from './core-section';
import { KeyHelp } from './key-help';
import { SavingState } from './saving-state';

/** A slide may have thousands; a list that long is drawn in parts. */
const ROWS = 100;

/** The annotations of the slide as a list, how they are saved, and their files. */
export function AnnotationSection({ micronsPerPixel }: { micronsPerPixel: number | null }) {
  const annotations = useAnnotations((state) => state.annotations);
  const selected = useAnnotations((state) => state.selected);
  const step = useAnnotations((state) => state.saving.step);
  const mayEdit = useAnnotations((state) => state.mayEdit);
  const [rows, setRows] = useState(ROWS);
  const chosen = new Set(selected);
  // The newest lies on top in the picture, and comes first here. What is selected is always in the list.
  const listed = [...annotations].reverse().filter(({ id }, i) => i < rows || chosen.has(id));
  return (
    <section aria-labelledby="annotations-title" className="space-y-2 border-line border-t pt-4 print:hidden">
      <div className="flex min-h-7 items-center justify-between gap-3">
        <h2 id="annotations-title" className="font-medium">
          {t('Annotations')}
        </h2>
        <SavingState />
      </div>
      <ConflictNotice />
      {annotations.length === 0 && step !== 'loading' && step !== 'unread' && (
        <p className="text-pretty text-muted text-sm">
          {mayEdit ? t('None yet. Draw around the tumour with the tools on the picture.') : t('None yet.')}
        </p>
      )}
      {annotations.length > 0 && (
        <ul aria-label={t('Annotations')} className="max-h-[28rem] divide-y divide-line overflow-y-auto">
          {listed.map((annotation) => (
            <AnnotationRow
              key={annotation.id}
              annotation={annotation}
              isSelected={chosen.has(annotation.id)}
              micronsPerPixel={micronsPerPixel}
            />
          ))}
        </ul>
      )}
      {listed.length < annotations.length && (
        <button
          type="button"
          onClick={() => setRows((n) => n + 5 * ROWS)}
          className="min-h-9 cursor-pointer text-hematoxylin text-sm underline underline-offset-3"
        >
          {t('Show more: {shown} of {count}', { shown: listed.length, count: annotations.length })}
        </button>
      )}
      <CoreSection />
      {mayEdit && <KeyHelp />}
      <AnnotationFiles micronsPerPixel={micronsPerPixel} />
    </section>
  );
}
