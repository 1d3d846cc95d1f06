/** x to the right, y down, counted from a corner: pixel (0, 0) covers 0 to 1. */
export type Point = readonly [x: number, y: number];

/** Closed: the last point equals the first. */
export type Ring = readonly Point[];

/** Outer ring first, then holes, as in GeoJSON. */
export type Polygon = readonly Ring[];

export const COORDINATES = ['image', 'slide'] as const;

/** `image`: pixels of the picture that was analysed. `slide`: pixels of the file's full resolution. */
export type Coordinates = (typeof COORDINATES)[number];

/** Which pixels of a file a picture shows; `region` is in pixels of the full resolution. */
export type SlidePart = {
  readonly level: number;
  readonly downsample: number;
  readonly region: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
};

/** Where the numbers of a file count from: written into every file, so that whoever reads one knows. */
export type CoordinateFrame = SlidePart & { readonly coordinates: Coordinates };

/** A frame with what it takes to get there from the picture. */
export type PictureFrame = CoordinateFrame & {
  /** Of the picture, in its own pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the full resolution per pixel of the picture. */
  readonly scaleX: number;
  readonly scaleY: number;
};

/** The frame of a picture; one that is a whole file, and the only picture in it, is its own slide. */
export function frameOf(
  coordinates: Coordinates,
  { width, height }: { width: number; height: number },
  part: SlidePart | null | undefined,
): PictureFrame {
  const { level, downsample, region } = part ?? { level: 0, downsample: 1, region: { x: 0, y: 0, width, height } };
  const scales = { scaleX: region.width / width, scaleY: region.height / height };
  return { coordinates, level, downsample, region, width, height, ...scales };
}

/** A corner of the picture in the frame's coordinates. */
export function toFrame({ coordinates, region, scaleX, scaleY }: PictureFrame, x: number, y: number): [number, number] {
  return coordinates === 'image' ? [x, y] : [region.x + x * scaleX, region.y + y * scaleY];
}

/** Polygons that somebody gave in the frame's coordinates, as corners of the picture. */
export function toPicture({ coordinates, region, scaleX, scaleY }: PictureFrame, polygon: Polygon): Polygon {
  if (coordinates === 'image') return polygon;
  return polygon.map((ring) => ring.map(([x, y]): Point => [(x - region.x) / scaleX, (y - region.y) / scaleY]));
}
