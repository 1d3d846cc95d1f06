import { useId } from 'react';
import { useAnnotationActions, useAnnotationStore, useAnnotations } from '@/app/_annotate/annotation-context';
import { isDrawable } from '@/app/_annotate/annotation-store';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { importAnnotations } from '@/lib/annotations/import-annotations';
import { saveFile } from '@/lib/client/save-file';
import { annotationsToGeojson, annotationsToImageScope } from '@/lib/contracts/annotation-files';

/** Annotations from other programs, and for them. */
export function AnnotationFiles({ micronsPerPixel }: { micronsPerPixel: number | null }) {
  const id = useId();
  const store = useAnnotationStore();
  const isReady = useAnnotations(isDrawable);
  const isEmpty = useAnnotations((state) => state.annotations.length === 0);
  const { add, say } = useAnnotationActions();

  async function take(file: File | undefined) {
    if (!file) return;
    const { slide, drawnClass } = store.getState();
    const read = importAnnotations(await file.text(), { slide, unclassified: drawnClass });
    if (typeof read === 'string') say(t('{file} was not taken: {reason}', { file: file.name, reason: read }));
    else if (add(read.annotations)) say(read.words);
  }
  function write(program: 'QuPath' | 'ImageScope') {
    const { annotations, slide } = store.getState();
    const of = { width: slide.x1, height: slide.y1, micronsPerPixel };
    const [text, type, name] =
      program === 'QuPath'
        ? [JSON.stringify(annotationsToGeojson(annotations, of)), 'application/geo+json', 'annotations.geojson']
        : [annotationsToImageScope(annotations, of), 'application/xml', 'annotations.xml'];
    saveFile(new Blob([text], { type }), name);
  }
  return (
    <div className="flex flex-wrap gap-x-3 text-sm">
      {isReady && (
        <label
          htmlFor={id}
          className={`${TEXT_BUTTON} has-focus-visible:outline-2 has-focus-visible:outline-hematoxylin`}
          title={t('GeoJSON of QuPath, or XML of ImageScope')}
        >
          {t('Import a file')}
          <input
            id={id}
            type="file"
            accept=".geojson,.json,.xml,application/geo+json,application/json,text/xml"
            onChange={(event) => {
              void take(event.target.files?.[0]);
              // Otherwise the same file could not be chosen again.
              event.target.value = '';
            }}
            className="sr-only"
          />
        </label>
      )}
      {!isEmpty && (
        <>
          <button type="button" className={TEXT_BUTTON} onClick={() => write('QuPath')}>
            {t('Export GeoJSON')}
          </button>
          <button type="button" className={TEXT_BUTTON} onClick={() => write('ImageScope')}>
            {t('Export ImageScope XML')}
          </button>
        </>
      )}
    </div>
  );
}
