/** All warnings by their stable code, and when each is given. */
export const WARNINGS = {
  pixel_size_assumed: 'Neither the request nor the file states a pixel size; 20x was taken',
  pixel_size_differs: 'The file and the request state different pixel sizes; that of the request was taken',
  pixel_size_doubtful: 'The nuclei are too small or too large for the pixel size: another magnification is likelier',
  pixels_not_square: 'The pixels are not square, so the file has no single pixel size',
  image_damaged: 'A part of the file is missing or cannot be decoded; the rest was analysed',
  transparency_ignored: 'The file’s transparency hides the whole picture; it was ignored',
  profile_ignored: 'The file’s colour profile cannot be converted; sRGB was taken',
  no_colour: 'The picture has no colour, so positive and negative nuclei cannot be told apart',
  coloured_background: 'The background is strongly coloured, so the colours of the stains are unreliable',
  dark_background: 'Most of the picture is dark, as in fluorescence; only brightfield images can be scored',
  nothing_found: 'No nucleus was found, or none is left after thresholds and regions',
  hot_spot_not_found: 'There is no field as large as the hot spot that was asked for',
  region_outside_image: 'A region, or most of it, lies outside the image',
  membrane_unproven: 'Membranes were measured; that was checked on simulated fields alone',
  membrane_unmeasured: 'The marker is one of membranes, but they were not measured in all that was scored',
  roi_partly_used: 'Parts of `roi` are not regions (points, lines, detections) and were ignored',
  no_worker: 'No worker that matches has been seen of late; the scoring waits until there is one',
  uncoded: 'A warning from before warnings had codes',
} as const;

export type WarningCode = keyof typeof WARNINGS;

/** A doubt about the numbers. `detail` is a sentence that states the values. */
export type Warning = { code: WarningCode; detail: string };
