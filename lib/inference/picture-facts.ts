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

/** Measures the whole image once, as its model asks for. */
export function describePicture(image: Raster, { whiteBalance, staining: rule }: ModelManifest): PictureFacts {
  const gains = whiteBalance ? whiteGains(image, whiteBalance) : null;
  return { gains, staining: rule ? describeStaining(image, gains ?? [1, 1, 1], rule) : null };
}
