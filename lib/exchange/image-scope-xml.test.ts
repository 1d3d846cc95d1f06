import { describe, expect, it } from 'vitest';
import { readRegions } from './read-regions';

type Attributes = Record<string, string | number>;
const written = (attributes: Attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
const vertices = (points: readonly (readonly [unknown, unknown])[]) =>
  `<Vertices>${points.map(([x, y]) => `<Vertex X="${x}" Y="${y}" Z="0" />`).join('')}</Vertices>`;
const square = (x: number, y: number, side: number) =>
  [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
  ] as const;
const region = (points: readonly (readonly [unknown, unknown])[], attributes: Attributes = {}) =>
  `<Region Id="1"${written({ Type: 0, NegativeROA: 0, ...attributes })}><Attributes/>${vertices(points)}</Region>`;
const layer = (regions: string, name = 'Tumor') =>
  `<Annotation Id="1" Name="${name}" LineColor="65280"><Attributes><Attribute Name="Description" Value=""/></Attributes><Regions><RegionAttributeHeaders/>${regions}</Regions><Plots/></Annotation>`;
const file = (layers: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\r\n<Annotations MicronsPerPixel="0.252">${layers}</Annotations>`;

function read(text: string) {
  const found = readRegions(text);
  if (typeof found === 'string') throw new Error(found);
  return found;
}
const closed = (points: readonly (readonly [number, number])[]) => [...points, points[0]];

describe('annotations of ImageScope', () => {
  it('are regions of a class, closed, with their names', () => {
    const { regions, skipped } = read(
      `\uFEFF${file(layer(region(square(10.5, 20, 30), { Text: ' Nest 1 ' })) + layer(region(square(0, 0, 9)), ''))}`,
    );
    expect(regions).toEqual([
      {
        shape: 0,
        name: 'Nest 1',
        className: 'Tumor',
        kind: 'include',
        metadata: {},
        rings: [closed(square(10.5, 20, 30))],
      },
      { shape: 1, name: null, className: null, kind: 'include', metadata: {}, rings: [closed(square(0, 0, 9))] },
    ]);
    expect(skipped).toEqual([]);
  });

  it('have negative regions as holes of those of their layer that they lie in', () => {
    const hole = region(square(12, 12, 4), { NegativeROA: 1 });
    const { regions } = read(
      file(
        layer(hole + region(square(10, 10, 20)) + region(square(100, 100, 20))) +
          layer(region(square(10, 10, 20)), 'Stroma'),
      ),
    );
    expect(regions.map(({ className, rings }) => [className, rings.length])).toEqual([
      ['Tumor', 2],
      ['Tumor', 1],
      ['Stroma', 1],
    ]);
    expect(regions[0]?.rings[1]).toEqual(closed(square(12, 12, 4)));
  });

  it('exclude by a negative region that no other holds', () => {
    const { regions } = read(file(layer(region(square(10, 10, 20)) + region(square(25, 25, 20), { NegativeROA: 1 }))));
    expect(regions.map(({ kind, rings }) => [kind, rings.length])).toEqual([
      ['include', 1],
      ['exclude', 1],
    ]);
  });

  it('have rectangles and ellipses by two corners', () => {
    const corners = [
      [10, 20],
      [50, 40],
    ] as const;
    const { regions } = read(file(layer(region(corners, { Type: 1 }) + region(corners, { Type: 2 }))));
    expect(regions[0]?.rings[0]).toHaveLength(5);
    const ellipse = regions[1]?.rings[0] ?? [];
    const [xs, ys] = [ellipse.map(([x]) => x), ellipse.map(([, y]) => y)];
    expect([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]).toEqual([10, 50, 20, 40]);
  });

  it('count what is no region', () => {
    const line = square(0, 0, 5).slice(0, 2);
    const others = [3, 4, 4, 0].map((type) => region(line, { Type: type })).join('') + region([]);
    expect(read(file(layer(region(square(0, 0, 5)) + others))).skipped).toEqual([
      { what: 'arrow', count: 1 },
      { what: 'ruler', count: 2 },
      { what: 'open line', count: 1 },
      { what: 'empty region', count: 1 },
    ]);
  });

  it.each([
    [file(''), 'expected annotations of ImageScope with closed regions, got none'],
    [
      file(layer(region(square(0, 0, 5).slice(0, 2), { Type: 4 }))),
      'expected annotations of ImageScope with closed regions, got 1 ruler',
    ],
    ['<svg/>', 'expected annotations of ImageScope (Annotations), got an XML file of svg'],
    ['<Annotations><Annotation>', 'expected XML that can be read, but line 1, column 26 cannot'],
    [
      file(
        layer(
          region([
            [1, 2],
            [3, 'four'],
            [5, 6],
          ]),
        ),
      ),
      'Annotation 1, Region 1, Vertex 2: expected two numbers as X and Y',
    ],
    [
      file(
        layer(
          region([
            [1, 2],
            [3, ''],
            [5, 6],
          ]),
        ),
      ),
      'Annotation 1, Region 1, Vertex 2: expected two numbers as X and Y',
    ],
    [
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Annotations>&b;</Annotations>',
      'expected XML that can be read, but line 1, column 68 cannot',
    ],
  ])('refuse %s', (text, reason) => {
    expect(readRegions(text)).toBe(reason);
  });

  it('are bounded', () => {
    expect(readRegions(file(layer(region(square(0, 0, 5)))), 4)).toBe('at most 4 vertices, got 5');
  });
});
