import type { AnnotationStore } from '@/app/_annotate/annotation-store';
import { HEAT_ALPHA } from '@/app/_viewer/heat-scale';
import { type Placement, project, sightOf } from '@/app/_viewer/placement';
import type { SlideHotSpot } from '@/lib/scoring/slide/hot-spots';
import type { SlidePane } from '../_viewer/slide-pane';
import { connectLasso } from './connect-lasso';
import { isTeachingTool, type NucleusTool, type ScoringStore, teachingOf } from './scoring-store';
import type { DrawnAs, DrawnPicture, WantedPicture } from './table/table-protocol';

/** Up to so many µm to a CSS pixel nuclei are outlines (10x), then points (2x), then squares. */
const OUTLINES_UM = 1;
const POINTS_UM = 5;
/** Of a small slide the map is seen while nearly all of it is in sight. */
const NEARLY_ALL = 0.9;
/** A picture reaches so much beyond the view, as a share of its sides, so that it can be moved a while. */
const MARGIN = 0.25;
/** A picture made for another zoom serves until it is this much coarser or finer. */
const SAME_ZOOM = 1.25;
const MAX_PICTURE_PX = 4096;

type Shown = Pick<ReturnType<ScoringStore['getState']>, 'areNucleiShown' | 'heat'>;

/**
 * How nuclei are drawn at a zoom; null: not at all.
 *
 * @param micronsPerPx - µm to a CSS pixel; `atFit`: the same while all of the slide is in sight
 */
export function drawnAs(micronsPerPx: number, atFit: number, { areNucleiShown, heat }: Shown): DrawnAs | null {
  if (heat !== 'off' && micronsPerPx > Math.min(POINTS_UM, NEARLY_ALL * atFit)) return heat;
  if (!areNucleiShown) return null;
  return micronsPerPx <= OUTLINES_UM ? 'outlines' : 'points';
}

/** CSS pixels to a pixel of the slide while all of it is in sight. */
export function zoomAtFit({ viewer }: SlidePane, { width, height }: { width: number; height: number }): number {
  const { x, y } = viewer.viewport.getContainerSize();
  return Math.min(x / width, y / height);
}

/** Draws nuclei and heat maps over the slide, and takes presses on nuclei. */
export function connectView(pane: SlidePane, store: ScoringStore, annotations: AnnotationStore) {
  let picture: DrawnPicture | null = null;
  /** Counts what changes a picture: numbers, and how they are shown. */
  let version = 0;
  let drawnVersion = -1;
  let isAsking = false;
  let isEnded = false;

  function wantedNow({ matrix, ratio, zoom }: Placement): WantedPicture | null {
    const { plan, numbers } = store.getState();
    const { x1: wide, y1: high } = annotations.getState().slide;
    const atFit = (plan?.micronsPerPixel ?? 1) / zoomAtFit(pane, { width: wide, height: high });
    const as = plan && numbers ? drawnAs(plan.micronsPerPixel / zoom, atFit, store.getState()) : null;
    if (as === null) return null;
    const { x0, y0, x1, y1 } = sightOf(pane.canvas, { matrix });
    const areKindsShown = isTeachingTool(store.getState().tool);
    return { as, x: x0, y: y0, width: x1 - x0, height: y1 - y0, scale: zoom * ratio, ratio, areKindsShown };
  }

  const serves = (sight: WantedPicture): boolean => {
    if (!picture || picture.wanted.as !== sight.as || drawnVersion !== version) return false;
    if (picture.wanted.areKindsShown !== sight.areKindsShown) return false;
    const { x, y, width, height, scale } = picture.wanted;
    const zoomed = sight.scale / scale;
    if (zoomed > SAME_ZOOM || zoomed < 1 / SAME_ZOOM) return false;
    if (sight.as === 'index' || sight.as === 'density') return true;
    const { slide } = annotations.getState();
    const [left, top] = [Math.max(slide.x0, sight.x), Math.max(slide.y0, sight.y)];
    const [right, bottom] = [Math.min(slide.x1, sight.x + sight.width), Math.min(slide.y1, sight.y + sight.height)];
    return left >= x && top >= y && right <= x + width && bottom <= y + height;
  };

  async function ask(sight: WantedPicture): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    const asked = version;
    const [dx, dy] = [sight.width * MARGIN, sight.height * MARGIN];
    const { slide } = annotations.getState();
    const x = Math.max(slide.x0, sight.x - dx);
    const y = Math.max(slide.y0, sight.y - dy);
    const width = Math.min(slide.x1, sight.x + sight.width + dx) - x;
    const height = Math.min(slide.y1, sight.y + sight.height + dy) - y;
    let isDrawn = false;
    if (width > 0 && height > 0) {
      const scale = Math.min(sight.scale, MAX_PICTURE_PX / Math.max(width, height));
      const drawn = await store.table.draw({ ...sight, x, y, width, height, scale }).catch(() => null);
      if (drawn && !isEnded) {
        picture?.bitmap.close();
        // Squares are of the zoom that they were asked for.
        picture = { ...drawn, wanted: { ...drawn.wanted, scale: sight.scale } };
        drawnVersion = asked;
        isDrawn = true;
      } else drawn?.bitmap.close();
    }
    isAsking = false;
    // Without a picture, the next numbers or the next movement ask again.
    if (isDrawn || (asked !== version && !isEnded)) pane.redraw();
  }

  const lasso = connectLasso(pane, store, () => {
    const { x1: width, y1: height } = annotations.getState().slide;
    return { width, height };
  });
  // Below the annotations, whose lines a heat map would hide.
  const removePainter = pane.addPainter((context, placement) => {
    const sight = wantedNow(placement);
    pane.canvas.dataset.nuclei = sight && picture && serves(sight) ? sight.as : 'none';
    if (sight && !serves(sight)) void ask(sight);
    if (sight && picture?.wanted.as === sight.as) drawPicture(context, placement, picture);
    drawHotSpots(context, placement, store.getState().hotSpots?.spots ?? []);
    if (isTeachingTool(store.getState().tool)) drawTeaching(context, placement, store.getState());
    lasso.draw(context, placement);
  }, 'below');

  const changed = () => {
    version++;
    pane.redraw();
  };
  const unsubscribe = store.subscribe((state, before) => {
    if (state.numbers !== before.numbers) changed();
    else if (state.hotSpots !== before.hotSpots) pane.redraw();
    else if (state.heat !== before.heat || state.areNucleiShown !== before.areNucleiShown) pane.redraw();
    if (state.tool !== before.tool) pane.redraw();
    if (state.tool !== before.tool) annotations.getState().actions.setAside(state.tool !== null);
  });
  // Whoever takes a tool that draws has put the other one away.
  const unsubscribeTools = annotations.subscribe((state, before) => {
    if (before.isAside && !state.isAside && store.getState().tool) store.getState().actions.setTool(null);
  });
  const press = (tool: Exclude<NucleusTool, 'teachAround'>, [x, y]: [number, number]) =>
    void store.getState().actions.press(tool, { x, y });
  const onClick = (event: { quick: boolean; position: { x: number; y: number } }) => {
    const { tool } = store.getState();
    const at = tool && event.quick ? pane.toSlide(event.position.x, event.position.y) : null;
    if (tool && tool !== 'teachAround' && at) press(tool, at);
  };
  pane.viewer.addHandler('canvas-click', onClick as never);
  /** Two quick presses with a tool are two presses: they do not zoom. */
  const onDoubleClick = (event: { preventDefaultAction?: boolean }) => {
    if (store.getState().tool) event.preventDefaultAction = true;
  };
  pane.viewer.addHandler('canvas-double-click', onDoubleClick as never);
  /** With the focus on the slide: corrects what is below the cross in the middle, or puts the tool away. */
  const onKey = ({ originalEvent }: { originalEvent: KeyboardEvent }) => {
    const { tool, actions } = store.getState();
    const { key, ctrlKey, metaKey, altKey } = originalEvent;
    if (!tool || ctrlKey || metaKey || altKey) return;
    const at = key === 'Enter' || key === ' ' ? pane.middle() : null;
    // A line is not drawn by keys: they state one nucleus.
    if (at) press(tool === 'teachAround' ? 'teach' : tool, at);
    else if (key === 'Escape' && !lasso.drop()) actions.setTool(null);
  };
  pane.viewer.addHandler('canvas-key', onKey as never);

  return () => {
    isEnded = true;
    removePainter();
    lasso.disconnect();
    unsubscribe();
    unsubscribeTools();
    pane.viewer.removeHandler('canvas-click', onClick as never);
    pane.viewer.removeHandler('canvas-double-click', onDoubleClick as never);
    pane.viewer.removeHandler('canvas-key', onKey as never);
    picture?.bitmap.close();
  };
}

function drawPicture(context: CanvasRenderingContext2D, { matrix }: Placement, { bitmap, wanted }: DrawnPicture): void {
  const isHeat = wanted.as === 'index' || wanted.as === 'density';
  context.save();
  context.setTransform(...matrix);
  context.globalAlpha = isHeat ? HEAT_ALPHA : 1;
  context.imageSmoothingEnabled = !isHeat;
  context.drawImage(bitmap, wanted.x, wanted.y, wanted.width, wanted.height);
  context.restore();
}

/** In CSS pixels. */
const [CLICK_PX, PROPOSED_PX] = [5, 16];

/** A dot where somebody has said what a nucleus is, and a ring round the one to ask about next. */
function drawTeaching(
  context: CanvasRenderingContext2D,
  placement: Placement,
  state: ReturnType<ScoringStore['getState']>,
): void {
  const { ratio } = placement;
  const at = project(placement);
  context.save();
  const circle = ([x, y]: readonly [number, number], radius: number) => {
    context.beginPath();
    context.arc(x, y, radius * ratio, 0, 2 * Math.PI);
  };
  for (const click of teachingOf(state).clicks) {
    circle(at([click.x, click.y]), CLICK_PX);
    context.fillStyle = '#000000';
    context.fill();
    context.lineWidth = 2 * ratio;
    context.strokeStyle = '#ffffff';
    context.stroke();
  }
  const least = state.numbers?.teaching.unsure?.least;
  if (least)
    for (const [colour, width] of [
      ['#000000', 5],
      ['#ffffff', 2.5],
    ] as const) {
      circle(at([least.x, least.y]), PROPOSED_PX);
      context.lineWidth = width * ratio;
      context.strokeStyle = colour;
      context.stroke();
    }
  context.restore();
}

/** The fields that were found, with their ranks. */
function drawHotSpots(context: CanvasRenderingContext2D, placement: Placement, spots: readonly SlideHotSpot[]): void {
  const { ratio } = placement;
  context.save();
  context.font = `600 ${13 * ratio}px sans-serif`;
  for (const [i, { polygon }] of spots.entries()) {
    const corners = (polygon[0] ?? []).map(project(placement));
    for (const [colour, width] of [
      ['#101216', 5],
      ['#ffffff', 2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      for (const [n, [x, y]] of corners.entries()) n === 0 ? context.moveTo(x, y) : context.lineTo(x, y);
      context.closePath();
      context.stroke();
    }
    const [x, y] = [Math.min(...corners.map(([at]) => at)), Math.min(...corners.map(([, at]) => at))];
    context.lineWidth = 4 * ratio;
    context.strokeStyle = '#101216';
    context.strokeText(`${i + 1}`, x + 6 * ratio, y + 16 * ratio);
    context.fillStyle = '#ffffff';
    context.fillText(`${i + 1}`, x + 6 * ratio, y + 16 * ratio);
  }
  context.restore();
}
