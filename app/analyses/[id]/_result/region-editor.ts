import { type AnnotationStore, createAnnotationStore, showAnnotations } from '@/app/_annotate/annotation-store';
import type { Tool as EditorTool } from '@/app/_annotate/editing/draft';
import { t } from '@/app/_text/t';
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
 *
 * @param load - fetches what edits need; null = it is there. Nothing can be drawn or changed before.
 */
export function createRegionEditor(
  store: ResultStore,
  load: (() => Promise<void>) | null = null,
): { editor: AnnotationStore; follow: () => () => void } {
  const { analysis, actions } = store.getState();
  const { id, source, may_edit: mayEdit } = analysis;
  const size = { width: source?.width ?? 1, height: source?.height ?? 1 };
  const editor = createAnnotationStore({ id, ...size, mayEdit }, () => ({
    changed,
    choose: () => undefined,
    begin: () => undefined,
  }));
  editor.setState({ saving: { step: load ? 'loading' : 'saved' }, isAside: true, drawnClass: 'other' });
  let isAskedFor = load === null;

  /** Once numbers and picture are there, so that these do not wait for it; at once where a tool is taken in hand before. */
  function prepare(): void {
    const { live, tool } = store.getState();
    const isShown = live !== null && editor.getState().pane !== null;
    if (isAskedFor || !load || !mayEdit || !(isShown || isEditorTool(tool))) return;
    isAskedFor = true;
    load().then(
      () => editor.setState({ saving: { step: 'saved' } }),
      // The page is left.
      () => undefined,
    );
  }

  function changed(): void {
    const { regions } = store.getState().parameters;
    const next = toRegions(editor.getState().annotations, regions);
    if (next.length <= MAX_REGIONS) actions.setRegions(next);
    else editor.getState().actions.say(t('An image may have {most} regions.', { most: MAX_REGIONS }));
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
      prepare();
      const ends = [editor.subscribe(prepare), store.subscribe(prepare)];
      const end = store.subscribe((state, before) => {
        if (state.parameters.regions !== before.parameters.regions) show();
        if (state.tool !== before.tool) take(state);
        if (state.drawnKind !== before.drawnKind)
          editor.getState().actions.setDrawnClass(state.drawnKind === 'exclude' ? 'ignore' : 'other');
      });
      return () => {
        for (const stop of [end, ...ends]) stop();
      };
    },
  };
}
