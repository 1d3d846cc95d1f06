import type { LabelMap, Mask } from '@/lib/imaging/raster';
import { findRuns, labelRuns } from '@/lib/imaging/runs';

/** Labelled components and how many there are. */
export type Components = { readonly labelMap: LabelMap; readonly count: number };

/**
 * Labels the connected components of a mask.
 *
 * @param mask - (height, width) 0/1.
 * @param connectivity - 4: through edges; 8: also through corners.
 * @returns a new label map; labels 1..count in raster order of each component's first pixel. Matches
 *   `skimage.measure.label(mask, connectivity=1 or 2)`.
 * @see He, Chao & Suzuki 2008, doi:10.1109/TIP.2008.917859 (labelling by runs)
 */
export function labelComponents(mask: Mask, connectivity: 4 | 8): Components {
  const runs = findRuns(mask);
  const { label, count } = labelRuns(runs, connectivity);
  const data = new Int32Array(mask.width * mask.height);
  for (let r = 0; r < runs.count; r++) {
    const k = label[r];
    for (let i = runs.from[r]; i < runs.to[r]; i++) data[i] = k;
  }
  return { labelMap: { data, width: mask.width, height: mask.height }, count };
}
