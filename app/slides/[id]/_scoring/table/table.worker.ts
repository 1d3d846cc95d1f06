import { createTurns } from '@/app/_loading/in-turn';
import { serveCalls } from '@/app/_loading/worker-rpc';
import { INITIAL_LOOKS } from '@/app/_viewer/stroke-outlines';
import { drawHeat, drawOutlines, drawPoints, isHeat } from './draw-picture';
import { TableCore } from './table-core';
import type { DrawnPicture, TableCalls, TableSettings, WantedPicture } from './table-protocol';

let core: TableCore | null = null;
let newest = 0;

const opened = (): TableCore => {
  if (!core) throw new Error('No slide is open.');
  return core;
};

serveCalls<TableCalls>(
  {
    open(size) {
      core = new TableCore(size);
      return null;
    },
    take: (cells) => opened().take(cells),
    annotate(areas) {
      opened().annotate(areas);
      return null;
    },
    count,
    tell,
    hotSpots: (size) => opened().hotSpots(size),
    neuroendocrine: () => opened().neuroendocrine(),
    proposeRatings: () => opened().proposeRatings(),
    draw: (wanted) => draw(opened(), wanted),
    probe: (place) => opened().probe(place),
    within: (ring) => opened().within(ring),
  },
  { draw: (picture) => (picture ? [picture.bitmap] : []) },
);

async function count(settings: TableSettings): Promise<TableCalls['count']['answer']> {
  const turn = ++newest;
  // Waiting requests are received first, since only the newest one is computed.
  await new Promise((resolve) => setTimeout(resolve, 0));
  return turn === newest ? opened().count(settings) : null;
}

/** So long nobody else is answered. */
const TURN_MS = 40;

const inTurn = createTurns();

/** One after the other: the second finds most done. */
function tell(): Promise<boolean> {
  return inTurn(tellInTurns);
}

async function tellInTurns(): Promise<boolean> {
  const telling = opened().tell();
  for (let began = performance.now(); ; ) {
    const { done, value } = telling.next();
    if (done) return value;
    if (performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    began = performance.now();
  }
}

function draw(table: TableCore, wanted: WantedPicture): DrawnPicture | null {
  const drawn = table.drawn();
  if (!drawn) return null;
  const { as, scale, ratio } = wanted;
  if (isHeat(as)) {
    const { map, pixels } = drawHeat(drawn, as, ratio / scale);
    const canvas = new OffscreenCanvas(map.columns, map.rows);
    contextOf(canvas).putImageData(new ImageData(pixels, map.columns), 0, 0);
    const [width, height] = [map.columns * map.side, map.rows * map.side];
    return { bitmap: canvas.transferToImageBitmap(), wanted: { ...wanted, x: 0, y: 0, width, height } };
  }
  const canvas = new OffscreenCanvas(Math.ceil(wanted.width * scale), Math.ceil(wanted.height * scale));
  const context = contextOf(canvas);
  if (as === 'outlines') drawOutlines(context, drawn, wanted, INITIAL_LOOKS);
  else {
    const pixels = context.createImageData(canvas.width, canvas.height);
    drawPoints(drawn, wanted, INITIAL_LOOKS, pixels);
    context.putImageData(pixels, 0, 0);
  }
  return { bitmap: canvas.transferToImageBitmap(), wanted };
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw in the background, which nuclei of a slide need.');
  return context;
}
