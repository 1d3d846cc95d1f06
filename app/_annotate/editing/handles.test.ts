import { describe, expect, it } from 'vitest';
import * as clip from '@/lib/annotations/clip';
import { difference } from '@/lib/annotations/clip';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { areaOf, boundsOf, type Point } from '@/lib/annotations/points';
import { ellipseIn, rectangleIn } from '@/lib/annotations/shapes';
import type { Annotation } from '@/lib/contracts/annotation';
import { provideClipping } from './clipping';
import { annotationAt, dragTo, grabAt, handlesOf, heldAfter, settle, withoutCorner } from './handles';

provideClipping(clip);

const slide = { x0: 0, y0: 0, x1: 1000, y1: 800 };
const box = { x0: 100, y0: 100, x1: 300, y1: 200 };
const rectangle = createAnnotation({ class: 'tumour', shape: 'rectangle', polygons: rectangleIn(box) });
const ellipse = createAnnotation({ class: 'tumour', shape: 'ellipse', polygons: ellipseIn(box) });
const polygon = createAnnotation({ class: 'tumour', polygons: rectangleIn(box) });
const corner = (index: number, ring = 0, of = 0) => ({ polygon: of, ring, index });

describe('what a press takes hold of', () => {
  it('of a rectangle or an ellipse is a side or a corner of its box', () => {
    for (const one of [rectangle, ellipse]) {
      expect(handlesOf(one)).toHaveLength(8);
      expect(grabAt(one, [302, 199], 5)).toEqual({ kind: 'side', x: 1, y: 1 });
      expect(grabAt(one, [200, 97], 5)).toEqual({ kind: 'side', x: 0, y: -1 });
      expect(grabAt(one, [200, 150], 5)).toEqual({ kind: 'body' });
      expect(grabAt(one, [400, 150], 5)).toBeNull();
    }
  });

  it('of a polygon is the nearest corner, else an edge, else the whole', () => {
    expect(grabAt(polygon, [103, 98], 5)).toEqual({ kind: 'corner', corner: corner(0) });
    expect(grabAt(polygon, [150, 103], 5)).toEqual({ kind: 'edge', corner: corner(0) });
    expect(grabAt(polygon, [150, 106], 5)).toEqual({ kind: 'body' });
    expect(grabAt(polygon, [100, 150], 5)).toEqual({ kind: 'edge', corner: corner(3) });
  });

  it('of tissue is its outline alone: it lies under everything else', () => {
    expect(grabAt({ ...polygon, class: 'tissue' }, [200, 150], 5)).toBeNull();
    expect(grabAt({ ...polygon, class: 'tissue' }, [200, 102], 5)).toMatchObject({ kind: 'edge' });
  });

  it('of something that only claims to be a rectangle is a corner', () => {
    const odd = { ...rectangle, polygons: [[[...(rectangle.polygons[0]?.[0] ?? []), [50, 150] as Point]]] };
    expect(handlesOf(odd)).toHaveLength(5);
  });
});

describe('dragging', () => {
  it('stretches a box, and turns it over', () => {
    const wider = dragTo(rectangle, { kind: 'side', x: 1, y: 0 }, [400, 0]);
    expect(boundsOf(wider)).toEqual({ ...box, x1: 400 });
    expect(boundsOf(dragTo(ellipse, { kind: 'side', x: -1, y: -1 }, [350, 250]))).toEqual({
      x0: 300,
      y0: 200,
      x1: 350,
      y1: 250,
    });
  });

  it('moves a corner, or adds one on an edge and holds on to it', () => {
    const grab = { kind: 'edge', corner: corner(0) } as const;
    const five = dragTo(polygon, grab, [200, 50]);
    expect(five[0]?.[0]).toHaveLength(5);
    expect(areaOf(five)).toBe(25_000);
    const held = heldAfter(grab);
    expect(held).toEqual({ kind: 'corner', corner: corner(1) });
    const farther = dragTo({ ...polygon, polygons: five }, held as typeof grab, [200, 0]);
    expect(farther[0]?.[0]).toHaveLength(5);
    expect(areaOf(farther)).toBe(30_000);
  });

  it('moves a corner of a hole', () => {
    const ring = {
      ...polygon,
      polygons: difference(polygon.polygons, rectangleIn({ x0: 150, y0: 120, x1: 200, y1: 180 })),
    };
    const at = ring.polygons[0]?.[1]?.findIndex(([x, y]) => x === 200 && y === 180) ?? -1;
    const grab = grabAt(ring, [200, 180], 4);
    expect(grab).toEqual({ kind: 'corner', corner: corner(at, 1) });
    const changed = dragTo(ring, grab as { kind: 'corner'; corner: ReturnType<typeof corner> }, [250, 180]);
    expect(areaOf(changed)).toBe(20_000 - 4500);
  });
});

describe('what is stored after a drag', () => {
  it('is still a rectangle or an ellipse', () => {
    expect(settle(rectangle, slide)?.shape).toBe('rectangle');
    expect(settle(ellipse, slide)?.shape).toBe('ellipse');
  });

  it('has no line that crosses', () => {
    const crossed = dragTo(polygon, { kind: 'corner', corner: corner(0) }, [400, 150]);
    const settled = settle({ ...polygon, polygons: crossed }, slide) as Annotation;
    expect(settled.polygons.length).toBeGreaterThan(1);
    expect(settled.shape).toBe('polygon');
  });

  it('ends at the edge of the slide, and is gone outside', () => {
    const out = { ...rectangle, polygons: rectangleIn({ x0: 900, y0: 700, x1: 1200, y1: 900 }) };
    expect(boundsOf(settle(out, slide)?.polygons ?? [])).toEqual({ x0: 900, y0: 700, x1: 1000, y1: 800 });
    expect(settle(out, slide)?.shape).toBe('rectangle');
    expect(settle({ ...polygon, polygons: rectangleIn({ x0: 1100, y0: 0, x1: 1200, y1: 10 }) }, slide)).toBeNull();
  });
});

describe('withoutCorner', () => {
  it('takes a corner away, a hole of two, and in the end all', () => {
    const three = withoutCorner(polygon.polygons, corner(1)) as Annotation['polygons'];
    expect(areaOf(three)).toBe(10_000);
    expect(withoutCorner(three, corner(0))).toBeNull();
    const triangle: Point[] = [
      [150, 120],
      [200, 120],
      [200, 180],
    ];
    const ring = [[...(polygon.polygons[0] ?? []), triangle]];
    expect(withoutCorner(ring, corner(2, 1))).toEqual(polygon.polygons);
  });
});

describe('what a click means', () => {
  const large = createAnnotation({ class: 'stroma', polygons: rectangleIn({ x0: 0, y0: 0, x1: 500, y1: 500 }) });
  const tissue = createAnnotation({ class: 'tissue', polygons: rectangleIn({ x0: 50, y0: 50, x1: 400, y1: 400 }) });

  it('is the smallest one that it lies in, whichever is on top', () => {
    expect(annotationAt([rectangle, large], [200, 150], 5)).toBe(rectangle);
    expect(annotationAt([rectangle, large], [450, 450], 5)).toBe(large);
    expect(annotationAt([rectangle, large], [600, 450], 5)).toBeNull();
  });

  it('is tissue only on its outline, and never what is hidden', () => {
    expect(annotationAt([tissue], [200, 300], 5)).toBeNull();
    expect(annotationAt([tissue], [200, 403], 5)).toBe(tissue);
    expect(annotationAt([{ ...rectangle, is_hidden: true }], [200, 150], 5)).toBeNull();
  });
});
