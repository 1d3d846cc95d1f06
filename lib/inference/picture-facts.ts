import { describeStaining } from '@/lib/imaging/colour/staining';
import { whiteGains } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import type { ModelManifest } from '@/lib/models/manifest';

/** What every tile of an image is told of the whole of it, so that tiles agree. */
export type PictureFacts = {
  /** Of the white balance, one a channel; null = none. */
  gains: readonly number[] | null;
  /** See `describeStaining`; null for a model that does not ask for it. */
  staining: Float32Array | null;
};

/** Looks at the whole image once, for what its model asks of it. */
export function describePicture(image: Raster, { whiteBalance, staining: rule }: ModelManifest): PictureFacts {
  const gains = whiteBalance ? whiteGains(image, whiteBalance) : null;
  return { gains, staining: rule ? describeStaining(image, gains ?? [1, 1, 1], rule) : null };
}
