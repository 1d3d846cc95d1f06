import { useAnnotations } from '@/app/_annotate/annotation-context';
import { BrushSize } from '@/app/_annotate/brush-size';
import { SelectionBar } from '@/app/_annotate/selection-bar';
import { t } from '@/app/_text/t';
import { BAR_BUTTON, BarButton, FADING_ROW } from '@/app/_viewer/bar-button';
import type { Region } from '@/lib/contracts/analysis';
import { isEditorTool } from '../_result/region-editor';
import { useResult, useResultActions } from '../_result/result-context';
import { canUndo } from '../_result/result-store';
import { hintOf, keyOf, TOOL_GROUPS } from './tools';

type ToolLook = (typeof TOOL_GROUPS)[number]['tools'][number];

/** The tools for regions and nuclei, on the stage: they are there in full screen too. */
export function ToolStrip() {
  const isUndoable = useResult(canUndo);
  const isRedoable = useResult((state) => state.future.length > 0);
  const { undo, redo } = useResultActions();
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-2 border-stage-line border-b px-2">
      <div className={`flex min-w-0 items-center lg:flex-wrap ${FADING_ROW}`}>
        {TOOL_GROUPS.map(({ name, tools }) => (
          <div
            key={name}
            role="toolbar"
            aria-label={name}
            className="flex shrink-0 items-center border-stage-line border-r pr-1 not-first:pl-1"
          >
            {tools.map((look) => (
              <StripButton key={look.tool} look={look} />
            ))}
          </div>
        ))}
        <BarButton
          label={t('Undo')}
          title={t('Undo (Ctrl+Z)')}
          disabled={!isUndoable}
          onClick={undo}
          className="ml-1 disabled:cursor-default disabled:opacity-40"
          icon="M7 4.5L3.5 8 7 11.5M4 8h8a4 4 0 0 1 0 8H9"
        />
        <BarButton
          label={t('Redo')}
          title={t('Redo (Ctrl+Y)')}
          disabled={!isRedoable}
          onClick={redo}
          className="disabled:cursor-default disabled:opacity-40"
          icon="M13 4.5L16.5 8 13 11.5M16 8H8a4 4 0 0 0 0 8h3"
        />
      </div>
      <InHand />
    </div>
  );
}

/** A second press goes back to moving the picture. */
function StripButton({
  look: { tool, label, hint, icon, sign, isDashed = false, isFilled = false },
}: {
  look: ToolLook;
}) {
  const isInHand = useResult((state) => state.tool === tool);
  const { setTool } = useResultActions();
  return (
    <button
      type="button"
      data-guide={tool}
      aria-label={label}
      aria-pressed={isInHand}
      aria-keyshortcuts={keyOf(tool)}
      title={t('{tool}. {hint} Key {key}, with the focus on the picture.', { tool: label, hint, key: keyOf(tool) })}
      onClick={() => setTool(isInHand ? 'pan' : tool)}
      className={`${BAR_BUTTON} relative ${isInHand ? 'rounded-md bg-stage-raised text-stage-accent!' : ''}`}
    >
      <svg viewBox="0 0 20 20" className="size-5" aria-hidden="true">
        <path
          d={icon}
          fill={isFilled ? 'currentColor' : 'none'}
          fillOpacity={0.3}
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinecap="round"
          strokeDasharray={isDashed ? '2.4 3' : undefined}
        />
        {sign && <path d={sign} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />}
      </svg>
      <span aria-hidden="true" className="absolute right-0.5 bottom-0.5 hidden text-[0.625rem] leading-none lg:block">
        {keyOf(tool)}
      </span>
    </button>
  );
}

const KINDS: readonly { kind: Region['kind']; label: string }[] = [
  { kind: 'include', label: t('Include') },
  { kind: 'exclude', label: t('Exclude') },
];
const DRAWING: readonly string[] = ['rectangle', 'ellipse', 'polygon', 'freehand', 'brush'];

/** What belongs to the tool in hand. It is always there, so that the picture does not move when a tool is chosen. */
function InHand() {
  const tool = useResult((state) => state.tool);
  const selected = useResult((state) => state.selected.length);
  const note = useResult((state) => state.cellNote);
  const hasRegion = useAnnotations((state) => state.selected.length > 0) && isEditorTool(tool);
  const words = note ?? hintOf(tool);
  const isAlone = !DRAWING.includes(tool) && tool !== 'erase' && selected === 0 && !hasRegion;
  return (
    <div className="flex min-h-11 min-w-0 grow basis-full flex-nowrap items-center gap-x-3 overflow-x-auto text-sm [scrollbar-width:none] 2xl:basis-0">
      {DRAWING.includes(tool) && <KindOfNext />}
      {(tool === 'brush' || tool === 'erase') && <BrushSize />}
      {selected > 0 && <Selected count={selected} />}
      <p
        role="status"
        className={`${isAlone ? 'min-w-0 leading-5' : 'min-w-44 flex-1 text-pretty leading-5 max-sm:text-xs max-sm:leading-3.5'} ${note ? 'text-stage-ink' : 'text-stage-muted'}`}
      >
        {(selected > 0 || hasRegion) && !note ? null : words}
      </p>
      {hasRegion && <SelectionBar hint="" hasClasses={false} />}
    </div>
  );
}

function KindOfNext() {
  const drawnKind = useResult((state) => state.drawnKind);
  const { setDrawnKind } = useResultActions();
  return (
    <fieldset className="flex shrink-0 gap-x-4">
      <legend className="sr-only">{t('Kind of the next region')}</legend>
      {KINDS.map(({ kind, label }) => (
        <label key={kind} className="flex min-h-11 cursor-pointer items-center gap-1.5">
          <input
            type="radio"
            name="drawn-kind"
            checked={drawnKind === kind}
            onChange={() => setDrawnKind(kind)}
            className="size-4 accent-stage-accent"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function Selected({ count }: { count: number }) {
  const { correctSelected } = useResultActions();
  return (
    <fieldset className="flex shrink-0 items-center" data-testid="selected">
      <legend className="float-left pr-2">
        {t('{count, plural, one {{count} nucleus selected} other {{count} nuclei selected}}', { count })}
      </legend>
      <BarButton label={t('Flip selected')} text={t('Flip selected')} onClick={() => correctSelected('flip')} />
      <BarButton label={t('Delete selected')} text={t('Delete selected')} onClick={() => correctSelected('delete')} />
      <BarButton label={t('All positive')} text={t('All positive')} onClick={() => correctSelected('positive')} />
      <BarButton label={t('All negative')} text={t('All negative')} onClick={() => correctSelected('negative')} />
    </fieldset>
  );
}
