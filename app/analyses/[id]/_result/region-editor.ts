import { type AnnotationStore, createAnnotationStore, showAnnotations } from '@/app/_annotate/annotation-store';
import type { Tool as EditorTool } from '@/app/_annotate/editing/draft';
import { MAX_REGIONS } from '@/lib/contracts/analysis';
import type { Tool } from '../_pictures/view-settings';
import { toAnnotation, toRegions } from './region-annotations';
import type { ResultStore } from './result-store';

/** Which tool of the editor a tool of the page is; the others are not the editor's. */
const EDITOR_TOOLS: Partial<Record<Tool, EditorTool>> = {
  ...{ regions: 'select', rectangle: 'rectangle', ellipse: 'ellipse', polygon: 'polygon', freehand: 'freehand' },
  ...{ brush: 'brush', erase: 'erase' },
};

export const isEditorTool = (tool: Tool): boolean => EDITOR_TOOLS[tool] !== undefined;

/**
 * The editor of annotations, on the regions of a result. Regions stay in the store of the result, which saves and undoes them; the
 * editor shows them, and hands over what it makes of them.
 */
export function createRegionEditor(store: ResultStore): { editor: AnnotationStore; follow: () => () => void } {
  const { analysis, actions } = store.getState();
  const { id, source, may_edit: mayEdit } = analysis;
  const size = { width: source?.width ?? 1, height: source?.height ?? 1 };
  const editor = createAnnotationStore({ id, ...size, mayEdit }, () => ({
    changed,
    choose: () => undefined,
    begin: () => undefined,
  }));
  editor.setState({ saving: { step: 'saved' }, isAside: true, drawnClass: 'other' });

  function changed(): void {
    const { regions } = store.getState().parameters;
    const next = toRegions(editor.getState().annotations, regions);
    if (next.length <= MAX_REGIONS) actions.setRegions(next);
    else editor.getState().actions.say(`An image may have ${MAX_REGIONS} regions.`);
    show();
  }

  /** Shows the regions as they are, also after an edit that was refused, or that made several of one. */
  function show(): void {
    const annotations = store.getState().parameters.regions.map(toAnnotation);
    const shown = editor.getState().annotations;
    const isSame = shown.length === annotations.length && shown.every((one, i) => one === annotations[i]);
    if (!isSame) showAnnotations(editor, annotations, 'take');
  }

  function take({ tool }: { tool: Tool }): void {
    const own = EDITOR_TOOLS[tool];
    const { actions: edit, selected } = editor.getState();
    if (own === undefined) edit.setAside(true);
    else {
      edit.setTool(own);
      if (own !== 'select' && own !== 'brush' && own !== 'erase' && selected.length > 0) edit.select([]);
    }
  }

  return {
    editor,
    follow() {
      show();
      return store.subscribe((state, before) => {
        if (state.parameters.regions !== before.parameters.regions) show();
        if (state.tool !== before.tool) take(state);
        if (state.drawnKind !== before.drawnKind)
          editor.getState().actions.setDrawnClass(state.drawnKind === 'exclude' ? 'ignore' : 'other');
      });
    },
  };
}
