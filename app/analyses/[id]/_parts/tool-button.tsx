import { t } from '@/app/_text/t';
import { TOOL_KEYS, type Tool } from '../_pictures/view-settings';
import { useResult, useResultActions } from '../_result/result-context';

const SMALL_BUTTON = 'min-h-11 cursor-pointer rounded-md border border-edge px-1.5 text-sm hover:border-ink lg:min-h-9';

/** Selects a tool for the picture. A second press goes back to panning. */
export function ToolButton({ tool, label }: { tool: Tool; label: string }) {
  const isInHand = useResult((state) => state.tool === tool);
  const { setTool } = useResultActions();
  return (
    <button
      type="button"
      aria-pressed={isInHand}
      aria-keyshortcuts={TOOL_KEYS[tool]}
      title={t('Key {key}, with the focus on the picture', { key: TOOL_KEYS[tool] })}
      onClick={() => setTool(isInHand ? 'pan' : tool)}
      className={`${SMALL_BUTTON} aria-pressed:border-hematoxylin aria-pressed:text-hematoxylin aria-pressed:ring-1 aria-pressed:ring-hematoxylin`}
    >
      {label}
    </button>
  );
}
