import type { LabelMap } from '@/lib/imaging/raster';

/** The pixels of nuclei as horizontal stretches [from, to), in raster order: `nucleus[r]` is the entry of run r. */
export type NucleusRuns = { readonly from: Int32Array; readonly to: Int32Array; readonly nucleus: Int32Array };

const FIRST_RUNS_PER_ROW = 64;

/** The runs of a label map; label k is entry k - 1. */
export function runsOfLabels({ data, width, height }: LabelMap): NucleusRuns {
  let from = new Int32Array(height * FIRST_RUNS_PER_ROW + width);
  let [to, nucleus] = [new Int32Array(from.length), new Int32Array(from.length)];
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    if (count + width > from.length) [from, to, nucleus] = [from, to, nucleus].map((runs) => enlarged(runs, width));
    for (const rowTo = i + width; i < rowTo; ) {
      const label = data[i];
      if (label === 0) {
        i++;
        continue;
      }
      from[count] = i;
      while (i < rowTo && data[i] === label) i++;
      to[count] = i;
      nucleus[count++] = label - 1;
    }
  }
  return { from: from.slice(0, count), to: to.slice(0, count), nucleus: nucleus.slice(0, count) };
}

/** New runs of the kept nuclei alone, renumbered in the same order; `shift` is added to the pixels. */
export function chooseRuns(runs: NucleusRuns, kept: Uint8Array, shift = 0): NucleusRuns {
  const entry = new Int32Array(kept.length);
  for (let k = 0, n = 0; k < kept.length; k++) entry[k] = kept[k] === 1 ? n++ : DROPPED;
  return renumberRuns(runs, entry, shift);
}

/** Stands for the entry of a nucleus that is left out. */
export const DROPPED = -1;

/**
 * New runs, in which nuclei have other entries.
 *
 * @param entry - the new entry of each nucleus, or `DROPPED`.
 * @param shift - added to the pixels.
 */
export function renumberRuns({ from, to, nucleus }: NucleusRuns, entry: Int32Array, shift = 0): NucleusRuns {
  const kept = { from: new Int32Array(from.length), to: new Int32Array(from.length), nucleus: nucleus.slice() };
  let count = 0;
  for (let r = 0; r < from.length; r++) {
    const k = entry[nucleus[r]];
    if (k === DROPPED) continue;
    kept.from[count] = from[r] + shift;
    kept.to[count] = to[r] + shift;
    kept.nucleus[count++] = k;
  }
  return {
    from: kept.from.subarray(0, count),
    to: kept.to.subarray(0, count),
    nucleus: kept.nucleus.subarray(0, count),
  };
}

function enlarged(runs: Int32Array, more: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * runs.length + more);
  larger.set(runs);
  return larger;
}
