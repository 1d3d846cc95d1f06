import type { Region } from '@/lib/contracts/analysis';
import type { Placement } from './draw-outlines';

type Ring = readonly (readonly [number, number])[];
type VisibleRegion = Pick<Region, 'kind' | 'enabled'> & { rings: readonly Ring[]; name?: string };

/** Draws regions as light lines with a dark rim, visible on any stain. Exclude regions are dashed. */
export function drawRegions(
  context: CanvasRenderingContext2D,
  regions: readonly VisibleRegion[],
  { scale, offsetX, offsetY }: Placement,
  pixelRatio: number,
): void {
  context.save();
  context.lineJoin = 'round';
  for (const { rings, kind, enabled, name } of regions) {
    context.globalAlpha = enabled ? 1 : 0.4;
    context.beginPath();
    for (const ring of rings)
      ring.forEach(([x, y], i) => {
        const [left, top] = [x * scale + offsetX, y * scale + offsetY];
        if (i === 0) context.moveTo(left, top);
        else context.lineTo(left, top);
      });
    context.setLineDash(kind === 'exclude' ? [8 * pixelRatio, 5 * pixelRatio] : []);
    context.strokeStyle = '#101216';
    context.lineWidth = 5 * pixelRatio;
    context.stroke();
    context.strokeStyle = kind === 'include' ? '#ffffff' : '#ffb4a8';
    context.lineWidth = 2 * pixelRatio;
    context.stroke();
    const corner = rings[0]?.[0];
    if (name && corner) drawName(context, name, corner[0] * scale + offsetX, corner[1] * scale + offsetY, pixelRatio);
  }
  context.restore();
}

function drawName(context: CanvasRenderingContext2D, name: string, x: number, y: number, pixelRatio: number): void {
  context.font = `${13 * pixelRatio}px sans-serif`;
  context.textBaseline = 'bottom';
  context.setLineDash([]);
  context.lineWidth = 4 * pixelRatio;
  context.strokeStyle = '#101216';
  context.strokeText(name, x + 4 * pixelRatio, y - 4 * pixelRatio);
  context.fillStyle = '#ffffff';
  context.fillText(name, x + 4 * pixelRatio, y - 4 * pixelRatio);
}
