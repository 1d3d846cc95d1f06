import { type PointerEvent, useRef } from 'react';
import type { SlideRegion } from '@/lib/contracts/options';
import { centreOn } from './slide-part';

type RegionBoxProps = {
  region: SlideRegion;
  /** Size of the image. */
  width: number;
  height: number;
  onChange: (region: SlideRegion) => void;
};

/**
 * The region on the thumbnail. The user drags it, resizes it by its corner, or clicks where it should be. The number boxes
 * beside it do the same by keyboard.
 */
export function RegionBox({ region, width, height, onChange }: RegionBoxProps) {
  const frame = useRef<HTMLDivElement>(null);
  const grip = useRef<{ how: 'move' | 'resize'; x: number; y: number; region: SlideRegion } | null>(null);

  /** In pixels of the image. */
  function pointOf({ clientX, clientY }: PointerEvent) {
    const box = (frame.current as HTMLDivElement).getBoundingClientRect();
    return { x: ((clientX - box.left) / box.width) * width, y: ((clientY - box.top) / box.height) * height };
  }

  function take(event: PointerEvent, how: 'move' | 'resize', from: SlideRegion) {
    event.stopPropagation();
    frame.current?.setPointerCapture(event.pointerId);
    grip.current = { how, ...pointOf(event), region: from };
  }

  function place(event: PointerEvent) {
    const { x, y } = pointOf(event);
    const moved = centreOn(region, x, y);
    onChange(moved);
    take(event, 'move', moved);
  }

  function drag(event: PointerEvent) {
    if (!grip.current) return;
    const { how, region: from, ...start } = grip.current;
    const { x, y } = pointOf(event);
    const [dx, dy] = [x - start.x, y - start.y];
    if (how === 'move') onChange({ ...from, x: from.x + dx, y: from.y + dy });
    else onChange({ ...from, width: from.width + dx, height: from.height + dy });
  }

  const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return (
    <div
      ref={frame}
      aria-hidden="true"
      className="absolute inset-0 cursor-crosshair touch-none overflow-hidden"
      onPointerDown={place}
      onPointerMove={drag}
      onPointerUp={() => {
        grip.current = null;
      }}
      onPointerCancel={() => {
        grip.current = null;
      }}
    >
      <div
        data-testid="region-box"
        onPointerDown={(event) => take(event, 'move', region)}
        style={{
          left: percent(region.x, width),
          top: percent(region.y, height),
          width: percent(region.width, width),
          height: percent(region.height, height),
        }}
        className="absolute cursor-move shadow-[0_0_0_9999px_rgb(0_0_0/0.45)] outline-2 outline-stage-ink"
      >
        <div
          onPointerDown={(event) => take(event, 'resize', region)}
          className="absolute -right-2 -bottom-2 size-4 cursor-nwse-resize border-2 border-stage bg-stage-ink before:absolute before:-inset-2"
        />
      </div>
    </div>
  );
}
