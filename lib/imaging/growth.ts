import { assertSameSize, type LabelMap, type Mask } from './raster';

/**
 * Lets labels grow, in place, into unlabelled pixels up to a Euclidean distance; each pixel goes to the nearest label.
 *
 * Growth follows the open pixels from neighbour to neighbour (8), so a grown label stays connected. Equal distances are
 * settled by arrival, which starts in raster order.
 *
 * @param labelMap - (height, width); 0 = free.
 * @param open - (height, width) 0/1; growth enters pixels at 1 only.
 * @param radius - px between pixel centres.
 * @throws AppError `shape_mismatch` when the rasters differ in size.
 */
export function growLabels(labelMap: LabelMap, open: Mask, radius: number): void {
  assertSameSize(labelMap, open);
  const { data: labels, width, height } = labelMap;
  const farthest = Math.floor(radius * radius);
  // Bucket d holds pixels at squared distance d from a labelled pixel: the pixel, then that source.
  const buckets: number[][] = Array.from({ length: farthest + 1 }, () => []);
  const lastRow = width * (height - 1);

  const reachNeighbours = (i: number, source: number): void => {
    const x = i % width;
    const sourceX = source % width;
    const sourceY = (source - sourceX) / width;
    const y = (i - x) / width;
    const fromX = x > 0 ? -1 : 0;
    const toX = x < width - 1 ? 1 : 0;
    for (let dy = i >= width ? -1 : 0; dy <= (i < lastRow ? 1 : 0); dy++)
      for (let dx = fromX; dx <= toX; dx++) {
        const j = i + dy * width + dx;
        if (labels[j] !== 0 || open.data[j] === 0) continue;
        const apartX = x + dx - sourceX;
        const apartY = y + dy - sourceY;
        const distance = apartX * apartX + apartY * apartY;
        if (distance <= farthest) buckets[distance].push(j, source);
      }
  };

  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    // Inner pixels, the most, have no free neighbour left, right, above or below, and none of interest diagonally.
    const x = i % width;
    const touchesFree =
      (x > 0 && labels[i - 1] === 0) ||
      (x < width - 1 && labels[i + 1] === 0) ||
      (i >= width && labels[i - width] === 0) ||
      (i < lastRow && labels[i + width] === 0);
    if (touchesFree) reachNeighbours(i, i);
  }
  for (const bucket of buckets)
    for (let n = 0; n < bucket.length; n += 2) {
      const i = bucket[n];
      if (labels[i] !== 0) continue;
      labels[i] = labels[bucket[n + 1]];
      reachNeighbours(i, bucket[n + 1]);
    }
}
