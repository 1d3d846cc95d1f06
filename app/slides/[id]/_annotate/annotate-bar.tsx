import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { isDrawable } from '@/app/_annotate/annotation-store';
import { BrushSize } from '@/app/_annotate/brush-size';
import { CLASS_LOOKS } from '@/app/_annotate/class-looks';
import type { Stage } from '@/app/_annotate/connect-stage';
import type { Draft, Tool } from '@/app/_annotate/editing/draft';
import { SelectionBar } from '@/app/_annotate/selection-bar';
import { TOOLS } from '@/app/_annotate/tools';
import { t } from '@/app/_text/t';
import { BarButton } from '@/app/_viewer/bar-button';
import { ANNOTATION_CLASSES, type AnnotationClass } from '@/lib/contracts/annotation';

const HINTS: Record<Tool, string> = {
  select: t('Press an annotation to select it, and drag it or its handles. Drag elsewhere to move the slide.'),
  rectangle: t('Drag from corner to corner.'),
  ellipse: t('Drag from corner to corner.'),
  polygon: t('Press for each corner. Close on the first one, by a double press, or by Enter.'),
  freehand: t('Draw around it. The line closes by itself.'),
  brush: t('Paint over it. With an annotation selected, it grows.'),
  erase: t('Paint over what goes away.'),
};

type AnnotateBarProps = { stage: Stage | null; draft: Draft | null };

/** The tools with which regions are drawn, and what belongs to the one in use. */
export function AnnotateBar({ stage, draft }: AnnotateBarProps) {
  const inHand = useAnnotations((state) => state.tool);
  const canUndo = useAnnotations((state) => state.past.length > 0);
  const canRedo = useAnnotations((state) => state.future.length > 0);
  const isReady = useAnnotations(isDrawable);
  const { setTool, undo, redo } = useAnnotationActions();
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-2 border-stage-line border-b px-2">
      <div role="toolbar" aria-label={t('Drawing')} className="flex items-center">
        {TOOLS.map(({ tool, label, key, icon }) => (
          <BarButton
            key={tool}
            label={label}
            title={`${label} (${key})`}
            icon={icon}
            disabled={!isReady}
            aria-pressed={inHand === tool}
            onClick={() => setTool(tool)}
            className={inHand === tool ? 'rounded-md bg-stage-raised text-stage-accent!' : ''}
          />
        ))}
        <BarButton
          label={t('Undo')}
          title={t('Undo (Ctrl+Z)')}
          aria-disabled={!canUndo}
          onClick={undo}
          className="aria-disabled:opacity-40"
          icon="M7 4.500L3.5 8 7 11.500M4 8h8a4 4 0 0 1 0 8H9"
        />
        <BarButton
          label={t('Redo')}
          title={t('Redo (Ctrl+Y)')}
          aria-disabled={!canRedo}
          onClick={redo}
          className="aria-disabled:opacity-40"
          icon="M13 4.500L16.5 8 13 11.500M16 8H8a4 4 0 0 0 0 8h3"
        />
      </div>
      {inHand === 'select' ? (
        <SelectionBar hint={HINTS.select} />
      ) : (
        <DrawingBar tool={inHand} stage={stage} draft={draft} />
      )}
    </div>
  );
}

function DrawingBar({ tool, stage, draft }: AnnotateBarProps & { tool: Exclude<Tool, 'select'> }) {
  const drawnClass = useAnnotations((state) => state.drawnClass);
  const { setDrawnClass } = useAnnotationActions();
  const hasBrush = tool === 'brush' || tool === 'erase';
  return (
    <div className="flex min-h-11 min-w-0 grow basis-full flex-wrap items-center gap-x-3 text-sm sm:basis-0">
      {tool !== 'erase' && (
        <span className="flex items-center gap-1.5">
          <span
            aria-hidden="true"
            className="size-3 rounded-sm"
            // The colours of classes are of the picture, and no colours of the site.
            style={{ background: CLASS_LOOKS[drawnClass].colour }}
          />
          <select
            aria-label={t('Class of what is drawn')}
            value={drawnClass}
            onChange={(event) => setDrawnClass(event.target.value as AnnotationClass)}
            className="h-9 rounded-md border border-stage-edge bg-stage px-2 focus-visible:outline-stage-accent"
          >
            {ANNOTATION_CLASSES.map((name) => (
              <option key={name} value={name}>
                {CLASS_LOOKS[name].name}
              </option>
            ))}
          </select>
        </span>
      )}
      {hasBrush && <BrushSize />}
      {draft?.tool === 'polygon' ? (
        <>
          <BarButton
            label={t('Close polygon')}
            text={t('Close')}
            disabled={draft.points.length < 3}
            onClick={() => stage?.finish()}
          />
          <BarButton label={t('Drop polygon')} text={t('Cancel')} onClick={() => stage?.cancel()} />
        </>
      ) : (
        <span className="hidden truncate text-stage-muted lg:inline">{HINTS[tool]}</span>
      )}
    </div>
  );
}
