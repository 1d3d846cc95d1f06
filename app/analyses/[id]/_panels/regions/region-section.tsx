import { PanelSection } from '@/app/_components/panel-section';
import type { Region } from '@/lib/contracts/analysis';
import { ToolButton } from '../../_parts/tool-button';
import type { Tool } from '../../_pictures/view-settings';
import { useResult, useResultActions } from '../../_result/result-context';
import { HotSpotFinder } from './hot-spot-finder';
import { RegionByNumbers } from './region-by-numbers';
import { RegionImport } from './region-import';
import { RegionList } from './region-list';

const SHAPES: readonly { tool: Tool; label: string }[] = [
  { tool: 'rectangle', label: 'Rectangle' },
  { tool: 'polygon', label: 'Polygon' },
  { tool: 'freehand', label: 'Freehand' },
];
const KINDS: readonly { kind: Region['kind']; label: string }[] = [
  { kind: 'include', label: 'Include' },
  { kind: 'exclude', label: 'Exclude' },
];

const HINTS: Partial<Record<Tool, string>> = {
  rectangle: 'Drag a rectangle over the picture.',
  polygon:
    'Click each corner, and double-click the last one. Two fingers, the wheel or the arrow keys move the picture.',
  freehand: 'Draw around the region without releasing the button.',
};

/** The regions in which nuclei count: drawn by hand, imported, or found as the hot spot. */
export function RegionSection() {
  const drawnKind = useResult((state) => state.drawnKind);
  const hint = useResult((state) => HINTS[state.tool]);
  const { setDrawnKind } = useResultActions();
  return (
    <PanelSection title="Regions">
      <fieldset className="flex flex-wrap gap-x-5 text-sm">
        <legend className="sr-only">Kind of the next region</legend>
        {KINDS.map(({ kind, label }) => (
          <label key={kind} className="flex min-h-9 cursor-pointer items-center gap-2 lg:min-h-7">
            <input
              type="radio"
              name="drawn-kind"
              checked={drawnKind === kind}
              onChange={() => setDrawnKind(kind)}
              className="size-4"
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div role="toolbar" aria-label="Draw a region" className="mt-1 grid grid-cols-3 gap-1.5">
        {SHAPES.map(({ tool, label }) => (
          <ToolButton key={tool} tool={tool} label={label} />
        ))}
      </div>
      {hint && <p className="mt-1.5 text-muted text-sm">{hint}</p>}
      <RegionByNumbers />
      <RegionImport />
      <RegionList />
      <HotSpotFinder />
    </PanelSection>
  );
}
