/** Every doubt that an answer can voice, by a code that programs may rely on, and when it is given. */
export const WARNINGS = {
  pixel_size_assumed: 'Neither the request nor the file states a pixel size; 20x was taken',
  pixel_size_differs: 'The file and the request state different pixel sizes; that of the request was taken',
  pixel_size_doubtful: 'The nuclei are too small or too large for the pixel size: another magnification is likelier',
  uncoded: 'A warning that was stored before warnings had codes',
} as const;

export type WarningCode = keyof typeof WARNINGS;

/** What a reader of the numbers should know. `detail` is a sentence with the numbers that it is about. */
export type Warning = { code: WarningCode; detail: string };
