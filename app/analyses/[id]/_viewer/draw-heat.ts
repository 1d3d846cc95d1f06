import { HEAT_ALPHA } from '@/app/_viewer/heat-scale';
import { countHeat, type HeatKind, heatMapSideFor, heatValues, paintHeat } from '@/lib/scoring/slide/heat-map';
import { NEGATIVE, NOT_COUNTED, ONE_PLUS } from '@/lib/scoring/slide/zone-numbers';
import type { LiveScore } from '../_preview/live-protocol';
import type { Placement } from './draw-outlines';

type Field = { width: number; height: number; micronsPerPixel: number };
type Drawn = { live: LiveScore; kind: HeatKind; picture: HTMLCanvasElement; side: number };

/** The side of the squares, in µm. It follows the counted nuclei alone, so that it is the same at every zoom. */
export const heatSideUm = ({ numbers }: Pick<LiveScore, 'numbers'>, micronsPerPixel: number): number =>
  heatMapSideFor(numbers.total, (numbers.summary.areaPx * micronsPerPixel ** 2) / 1e6);

/** Draws heat maps of the nuclei that count. The last one is kept until the numbers are others. */
export function createHeatPainter(field: Field) {
  let drawn: Drawn | null = null;

  function pictureOf(live: LiveScore, kind: HeatKind): Drawn {
    if (drawn?.live === live && drawn.kind === kind) return drawn;
    const { counted, positive } = live.gated;
    const grades = counted.map((is, k) => (is === 0 ? NOT_COUNTED : positive[k] === 1 ? ONE_PLUS : NEGATIVE));
    const map = countHeat(live.found, grades, field, heatSideUm(live, field.micronsPerPixel));
    const picture = document.createElement('canvas');
    [picture.width, picture.height] = [map.columns, map.rows];
    const pixels = new ImageData(paintHeat(heatValues(map, kind, field), kind), map.columns, map.rows);
    picture.getContext('2d')?.putImageData(pixels, 0, 0);
    drawn = { live, kind, picture, side: map.side };
    return drawn;
  }

  return (
    context: CanvasRenderingContext2D,
    live: LiveScore,
    kind: HeatKind,
    { scale, offsetX, offsetY }: Placement,
  ): void => {
    const { picture, side } = pictureOf(live, kind);
    context.save();
    context.setTransform(scale, 0, 0, scale, offsetX, offsetY);
    context.beginPath();
    // The last squares reach beyond the picture.
    context.rect(0, 0, field.width, field.height);
    context.clip();
    context.globalAlpha = HEAT_ALPHA;
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, side * picture.width, side * picture.height);
    context.restore();
  };
}
