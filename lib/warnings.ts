/** Every doubt that an answer can voice, by a code that programs may rely on, and when it is given. */
export const WARNINGS = {
  pixel_size_assumed: 'Neither the request nor the file states a pixel size; 20x was taken',
  pixel_size_differs: 'The file and the request state different pixel sizes; that of the request was taken',
  pixel_size_doubtful: 'The nuclei are too small or too large for the pixel size: another magnification is likelier',
  pixels_not_square: 'The pixels are taller or wider than they are broad, so the file states no one size for them',
  image_damaged: 'A part of the file is missing or cannot be decoded; what could be read was analysed',
  transparency_ignored: 'The file’s transparency would hide the whole picture; it was ignored',
  profile_ignored: 'The file states colours that cannot be converted; they were taken as sRGB',
  no_colour: 'The picture has no colour, by which positive nuclei are told from negative ones',
  coloured_background: 'The background is strongly coloured, so that the colours of the stains are not to be trusted',
  dark_background: 'Most of the picture is dark, as in fluorescence; stains on white are what can be scored',
  nothing_found: 'No nucleus was found, or none is left after thresholds and regions',
  hot_spot_not_found: 'The image, or its regions, hold no field of the size that was asked for as a hot spot',
  region_outside_image: 'A region lies outside the image, or a part of it does',
  roi_partly_used: 'Some of `roi` is no region (points, lines, detections) and was left out',
  uncoded: 'A warning that was stored before warnings had codes',
} as const;

export type WarningCode = keyof typeof WARNINGS;

/** What a reader of the numbers should know. `detail` is a sentence with the numbers that it is about. */
export type Warning = { code: WarningCode; detail: string };
