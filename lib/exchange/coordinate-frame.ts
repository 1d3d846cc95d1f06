import type { Polygon } from '@/lib/scoring/gate/roi';

/** x to the right, y down, counted from a corner: pixel (0, 0) covers 0 to 1, and its centre is (0.5, 0.5). */
export type Point = readonly [x: number, y: number];

/** Closed: the last point equals the first. */
export type Ring = readonly Point[];

export const COORDINATES = ['image', 'slide'] as const;

/** `image`: pixels of the picture that was analysed. `slide`: pixels of the file's full resolution. */
export type Coordinates = (typeof COORDINATES)[number];

/** The pixels of a file that a picture shows. `region` is in pixels of the full resolution. */
export type SlidePart = {
  readonly level: number;
  readonly downsample: number;
  readonly region: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
};

/** Where coordinates count from. Every exported file states it. */
export type CoordinateFrame = SlidePart & { readonly coordinates: Coordinates };

/** A frame, and how to convert from the picture. */
export type PictureFrame = CoordinateFrame & {
  /** Size of the picture, in its own pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the full resolution per pixel of the picture. */
  readonly scaleX: number;
  readonly scaleY: number;
};

/** The frame of a picture. Without a `part`, the picture is the whole file, and both kinds of coordinates are the same. */
export function frameOf(
  coordinates: Coordinates,
  { width, height }: { width: number; height: number },
  part: SlidePart | null | undefined,
): PictureFrame {
  const { level, downsample, region } = part ?? { level: 0, downsample: 1, region: { x: 0, y: 0, width, height } };
  const scales = { scaleX: region.width / width, scaleY: region.height / height };
  return { coordinates, level, downsample, region, width, height, ...scales };
}

/** From a corner of a pixel of the picture to the frame's coordinates. */
export function toFrame({ coordinates, region, scaleX, scaleY }: PictureFrame, x: number, y: number): [number, number] {
  return coordinates === 'image' ? [x, y] : [region.x + x * scaleX, region.y + y * scaleY];
}

/** From polygons in the frame's coordinates to the picture's. */
export function toPicture({ coordinates, region, scaleX, scaleY }: PictureFrame, polygon: Polygon): Polygon {
  if (coordinates === 'image') return polygon;
  return polygon.map((ring) => ring.map(([x, y]): Point => [(x - region.x) / scaleX, (y - region.y) / scaleY]));
}
