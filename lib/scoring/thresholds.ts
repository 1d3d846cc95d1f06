/** `watershed` splits touching nuclei, `deepliif` takes connected components as DeepLIIF does. */
export const ALGORITHMS = ['watershed', 'deepliif'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** How nuclei are found, which of them count and of which class they are. */
export type Thresholds = {
  readonly algorithm: Algorithm;
  /** A pixel is nucleus where red + blue of the segmentation exceeds this; 0 to 254. */
  readonly probThresh: number;
  /** A nucleus counts if it has more pixels than this. `auto` follows from the nuclei found. */
  readonly sizeThresh: number | 'auto';
  /** A nucleus counts if it has fewer pixels than this; null sets no limit. */
  readonly sizeThreshUpper: number | null;
  /**
   * A nucleus whose largest marker value exceeds this is positive, whatever the segmentation says; 0 to 255. `auto`
   * follows from the marker picture; null: the marker is not used.
   */
  readonly markerThresh: number | 'auto' | null;
};

/** Those that somebody states; the model chooses what is undefined. */
export type StatedThresholds = { readonly [Name in keyof Thresholds]?: Thresholds[Name] | undefined };

/** Those that a score used: every `auto` is a number. */
export type UsedThresholds = Thresholds & { readonly sizeThresh: number; readonly markerThresh: number | null };

/** The stated thresholds, and the model's where nothing is stated. */
export function completeThresholds(stated: StatedThresholds, defaults: Thresholds): Thresholds {
  const choose = <Name extends keyof Thresholds>(name: Name): Thresholds[Name] => {
    const value: Thresholds[Name] | undefined = stated[name];
    return value === undefined ? defaults[name] : value;
  };
  return {
    algorithm: choose('algorithm'),
    probThresh: choose('probThresh'),
    sizeThresh: choose('sizeThresh'),
    sizeThreshUpper: choose('sizeThreshUpper'),
    markerThresh: choose('markerThresh'),
  };
}
