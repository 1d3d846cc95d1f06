import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';

type Moments = Pick<MeasuredNuclei, 'varianceX' | 'varianceY' | 'covariance'>;

/** The ellipse with the same second moments as a nucleus: full lengths of its axes in px. */
export type NucleusForm = { readonly major: number; readonly minor: number };

/** The axes are those of scikit-image's `regionprops`. `minor` is 0 for a nucleus one pixel wide. */
export function formOf({ varianceX, varianceY, covariance }: Moments, k: number): NucleusForm {
  const [xx, yy, xy] = [varianceX[k], varianceY[k], covariance[k]];
  const half = Math.sqrt(((xx - yy) / 2) ** 2 + xy * xy);
  const mean = (xx + yy) / 2;
  return { major: 4 * Math.sqrt(mean + half), minor: 4 * Math.sqrt(Math.max(0, mean - half)) };
}

/** Direction of the long axis: degrees from the x axis towards y, so clockwise on the screen, 0 to 180. */
export function angleOf({ varianceX, varianceY, covariance }: Moments, k: number): number {
  const degrees = (Math.atan2(2 * covariance[k], varianceX[k] - varianceY[k]) * 90) / Math.PI;
  return degrees < 0 ? degrees + 180 : degrees;
}
