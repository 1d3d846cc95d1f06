/**
 * Gives every pixel to the nearest nucleus, by Euclidean distance to its pixels, up to a distance: cells that grow from
 * their nuclei until they meet.
 *
 * Of nuclei at equal distance any one wins, always the same.
 *
 * @param labels - (height, width); 0 = no nucleus. Label k stays label k.
 * @param reach - px between pixel centres; pixels farther from every nucleus are 0. At most 250.
 * @returns a new (height, width) label map.
 */
export function growTerritories(labels: Int32Array, width: number, height: number, reach: number): Int32Array {
  const most = Math.floor(reach);
  const none = most + 1;
  // Of each pixel the nearest labelled one in its column.
  const near = new Int32Array(labels.length);
  const away = new Uint8Array(labels.length).fill(none);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0) {
      near[i] = labels[i];
      away[i] = 0;
    } else if (i >= width && away[i - width] < most) {
      near[i] = near[i - width];
      away[i] = away[i - width] + 1;
    }
  }
  for (let i = labels.length - width - 1; i >= 0; i--)
    if (away[i + width] + 1 < away[i]) {
      near[i] = near[i + width];
      away[i] = away[i + width] + 1;
    }
  const squaredReach = reach * reach;
  const owners = new Int32Array(labels.length);
  for (let row = 0; row < height; row++)
    for (let x = 0, i = row * width; x < width; x++, i++) {
      if (labels[i] !== 0) {
        owners[i] = labels[i];
        continue;
      }
      let best = squaredReach + 1;
      let owner = 0;
      if (away[i] <= most && away[i] ** 2 <= squaredReach) {
        best = away[i] ** 2;
        owner = near[i];
      }
      for (let k = 1; k <= most && k * k < best; k++) {
        const square = k * k;
        if (x + k < width && away[i + k] <= most && square + away[i + k] ** 2 < best) {
          best = square + away[i + k] ** 2;
          owner = near[i + k];
        }
        if (x >= k && away[i - k] <= most && square + away[i - k] ** 2 < best) {
          best = square + away[i - k] ** 2;
          owner = near[i - k];
        }
      }
      owners[i] = best <= squaredReach ? owner : 0;
    }
  return owners;
}
