import type { Raster } from '@/lib/imaging/raster';

/** Rows of a picture: `from` up to, but not including, `to`. */
export type Rows = { readonly from: number; readonly to: number };

/** The pictures of one scene, all of one size. */
export type NucleusMaps = {
  /** RGB, as scanned. */
  readonly image: Raster;
  /** RGB probabilities, 255 = certain: red = positive nucleus, green = boundary, blue = negative nucleus. */
  readonly segmentation: Raster;
  /** 1 or 3 channels; the value of a pixel is its largest channel. */
  readonly marker: Raster | null;
};
