import { describeStaining } from '@/lib/imaging/colour/staining';
import { whiteGains } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';

/** What is measured on the whole image and used for every tile, so that tiles agree. */
export type PictureFacts = {
  /** Factors of the white balance, one a channel; null for a model without one. */
  gains: readonly number[] | null;
  /** See `describeStaining`; null for a model without that input. */
  staining: Float32Array | null;
};

/** Measures the whole image once, as its model asks for. @param known - factors of the white balance that are known already */
export function describePicture(
  image: Raster,
  { whiteBalance, staining: rule }: ModelManifest,
  known?: readonly number[] | null,
): PictureFacts {
  const gains = known === undefined ? (whiteBalance ? whiteGains(image, whiteBalance) : null) : known;
  return { gains, staining: rule ? describeStaining(image, gains ?? [1, 1, 1], rule) : null };
}
