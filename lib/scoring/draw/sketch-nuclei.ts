import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from '@/lib/scoring/gate/gate-nuclei';

/**
 * Codes of the pixels of the drawn pictures. From 2 on, even codes are negative nuclei and odd ones positive. The code of
 * an outline also tells the step in which it grew, so that a step sees only the pixels of earlier steps.
 */
const SKETCH = { background: 0, blocked: 1, inside: 2, outline: 4 } as const;

const GROWTH_STEPS = 2;

/** Whether a code is that of an outline, of any step. */
export const isOutline = (code: number): boolean => code >= SKETCH.outline;
export const isInside = (code: number): boolean => (code & ~1) === SKETCH.inside;
export const isPositive = (code: number): boolean => (code & 1) === 1;

/** (height, width) codes, see `SKETCH`. */
export type Sketch = { readonly codes: Uint8Array; readonly width: number; readonly height: number };

/** Finds the pixels inside of kept nuclei and those of their outlines, for both pictures. */
export function sketchNuclei(table: NucleusTable, gated: GatedNuclei): Sketch {
  const { width, height } = table.labelMap;
  const codes = table.algorithm === 'deepliif' ? sketchAround(table, gated) : sketchWithin(table, gated);
  return { codes, width, height };
}

/** As the reference draws: outlines three pixels wide around the nuclei, which stay whole except for their first pixel. */
function sketchAround(table: NucleusTable, gated: GatedNuclei): Uint8Array {
  const { data: labels, width, height } = table.labelMap;
  const sketch = new Uint8Array(width * height);
  const code = nucleusCodes(table, gated, SKETCH.blocked);
  for (let i = 0; i < labels.length; i++) sketch[i] = code[labels[i]];
  for (const i of table.ignoredPixels) sketch[i] = SKETCH.blocked;
  for (let k = 0; k < table.count; k++)
    if (gated.kept[k] === 1) sketch[table.firstPixel[k]] = SKETCH.outline + gated.positive[k];
  claimTouching(sketch, labels, width, height);
  for (let step = 1; step <= GROWTH_STEPS; step++) growOutline(sketch, width, height, step);
  return sketch;
}

/**
 * The outline is the nucleus's own pixels that touch anything else, and the free background beside them, to be visible.
 *
 * At least two green pixels lie between the insides of touching nuclei. Growing an inside by one pixel in all eight
 * directions gives the nucleus again.
 */
function sketchWithin(table: NucleusTable, gated: GatedNuclei): Uint8Array {
  const { data: labels, width, height } = table.labelMap;
  const sketch = new Uint8Array(width * height);
  const code = nucleusCodes(table, gated, SKETCH.background);
  const insidePx = new Int32Array(table.count + 1);
  for (let y = 0; y < height; y++) {
    const rowFrom = y * width;
    const rowTo = rowFrom + width;
    const up = y > 0 ? -width : 0;
    const down = y < height - 1 ? width : 0;
    for (let i = rowFrom; i < rowTo; ) {
      const label = labels[i];
      const from = i;
      while (i < rowTo && labels[i] === label) i++;
      if (label === 0 || code[label] === SKETCH.background) continue;
      // A pixel is inside when all eight neighbours have its label: three columns, each above, here and below.
      let isLeftFull = from === rowFrom;
      let isFull = labels[from + up] === label && labels[from + down] === label;
      for (let j = from; j < i; j++) {
        const right = j + 1;
        const isRightFull =
          right < i ? labels[right + up] === label && labels[right + down] === label : right === rowTo;
        const isWithin = isLeftFull && isFull && isRightFull;
        if (isWithin) insidePx[label]++;
        sketch[j] = isWithin ? code[label] : code[label] + SKETCH.outline - SKETCH.inside;
        isLeftFull = isFull;
        isFull = isRightFull;
      }
    }
  }
  growOutline(sketch, width, height, 1);
  for (let k = 0; k < table.count; k++)
    if (gated.kept[k] === 1 && insidePx[k + 1] === 0) fillNucleus(sketch, table, k, code[k + 1]);
  return sketch;
}

function nucleusCodes(table: NucleusTable, gated: GatedNuclei, dropped: number): Uint8Array {
  const code = new Uint8Array(table.count + 1);
  for (let k = 0; k < table.count; k++) code[k + 1] = gated.kept[k] === 1 ? SKETCH.inside + gated.positive[k] : dropped;
  return code;
}

/** A nucleus too thin to have an inside would not show its class, so all of it is painted as inside. */
function fillNucleus(sketch: Uint8Array, table: NucleusTable, k: number, code: number): void {
  const { data: labels, width } = table.labelMap;
  for (let y = table.bbox[4 * k + 1]; y < table.bbox[4 * k + 3]; y++)
    for (let x = table.bbox[4 * k]; x < table.bbox[4 * k + 2]; x++)
      if (labels[y * width + x] === k + 1) sketch[y * width + x] = code;
}

/** Background beside a nucleus becomes its outline; beside two nuclei it goes to the lower label. */
function claimTouching(sketch: Uint8Array, labels: Int32Array, width: number, height: number): void {
  for (let y = 0, i = 0; y < height; y++) {
    const up = y > 0 ? -width : 0;
    const down = y < height - 1 ? width : 0;
    const last = i + width - 1;
    for (let left = 0; i <= last; i++, left = -1) {
      if (sketch[i] !== SKETCH.background) continue;
      const right = i < last ? 1 : 0;
      if ((sketch[i + up] | sketch[i + left] | sketch[i + right] | sketch[i + down]) === SKETCH.background) continue;
      let owner = i;
      if (isInside(sketch[i + up])) owner = i + up;
      if (isInside(sketch[i + left]) && (owner === i || labels[i + left] < labels[owner])) owner = i + left;
      if (isInside(sketch[i + right]) && (owner === i || labels[i + right] < labels[owner])) owner = i + right;
      if (isInside(sketch[i + down]) && (owner === i || labels[i + down] < labels[owner])) owner = i + down;
      if (owner !== i) sketch[i] = sketch[owner] + SKETCH.outline - SKETCH.inside;
    }
  }
}

/** In raster order, every outline pixel of earlier steps takes the free background among its eight neighbours. */
function growOutline(sketch: Uint8Array, width: number, height: number, step: number): void {
  const firstNew = SKETCH.outline + 2 * step;
  for (let y = 0, i = 0; y < height; y++) {
    const up = y > 0 ? -width : 0;
    const down = y < height - 1 ? width : 0;
    const last = i + width - 1;
    for (let left = 0; i <= last; i++, left = -1) {
      const code = sketch[i];
      if (code < SKETCH.outline || code >= firstNew) continue;
      const right = i < last ? 1 : 0;
      const claimed = firstNew + (code & 1);
      if (sketch[i + up + left] === SKETCH.background) sketch[i + up + left] = claimed;
      if (sketch[i + up] === SKETCH.background) sketch[i + up] = claimed;
      if (sketch[i + up + right] === SKETCH.background) sketch[i + up + right] = claimed;
      if (sketch[i + left] === SKETCH.background) sketch[i + left] = claimed;
      if (sketch[i + right] === SKETCH.background) sketch[i + right] = claimed;
      if (sketch[i + down + left] === SKETCH.background) sketch[i + down + left] = claimed;
      if (sketch[i + down] === SKETCH.background) sketch[i + down] = claimed;
      if (sketch[i + down + right] === SKETCH.background) sketch[i + down + right] = claimed;
    }
  }
}
