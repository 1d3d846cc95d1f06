import { t } from '@/app/_text/t';
import { type Analysis, MAX_REGIONS } from '@/lib/contracts/analysis';
import { type Coordinates, frameOf, toPicture } from '@/lib/exchange/coordinate-frame';
import { describeSkipped, type ReadRegion, readRegions } from '@/lib/exchange/read-regions';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { NewRegion } from '../../_result/result-store';

/**
 * Reads the regions of a GeoJSON file, in pixels of the picture. A file that does not state its coordinates is read in
 * pixels of the picture. Where the picture is a part of a slide and no region touches it so, it is read in pixels of the
 * slide.
 *
 * @param present - the number of regions that exist already
 * @returns a string with the reason when no region can be used
 */
export function importRegions(
  text: string,
  { source, result }: Pick<Analysis, 'source' | 'result'>,
  present: number,
): { regions: NewRegion[]; words: string } | string {
  const file = readRegions(text);
  if (typeof file === 'string') return file;
  if (!source) return t('there is no image yet.');
  if (present + file.regions.length > MAX_REGIONS)
    return t('{present} regions and {count} more would be over {most}.', {
      present,
      count: file.regions.length,
      most: MAX_REGIONS,
    });
  const selection = result?.provenance.selection ?? null;
  const tried: readonly Coordinates[] = file.coordinates
    ? [file.coordinates]
    : selection
      ? ['image', 'slide']
      : ['image'];
  for (const coordinates of tried) {
    const frame = frameOf(coordinates, source, selection);
    const regions = file.regions.map((region) => ({ ...region, rings: toPicture(frame, region.rings) }));
    const inside = regions.filter(({ rings }) => touches(rings, source)).length;
    if (inside > 0)
      return { regions: regions.map(toRegion), words: wordsOf(file, regions.length - inside, coordinates) };
  }
  return t('none of its {count} regions touches the image, which is {width} x {height} px.', {
    count: file.regions.length,
    width: source.width,
    height: source.height,
  });
}

function touches(rings: Polygon, { width, height }: { width: number; height: number }): boolean {
  const [outer = []] = rings;
  const xs = outer.map(([x]) => x);
  const ys = outer.map(([, y]) => y);
  const [least, most] = [
    (of: number[]) => of.reduce((a, b) => Math.min(a, b)),
    (of: number[]) => of.reduce((a, b) => Math.max(a, b)),
  ];
  return most(xs) > 0 && least(xs) < width && most(ys) > 0 && least(ys) < height;
}

const toRegion = ({ name, kind, rings }: ReadRegion): NewRegion => ({
  ...(name !== null && { name }),
  kind,
  shape: 'polygon',
  rings: rings.map((ring) => ring.map(([x, y]): [number, number] => [x, y])),
});

function wordsOf(file: Parameters<typeof describeSkipped>[0], outside: number, coordinates: Coordinates): string {
  const count = file.regions.length;
  const parts = [
    t('{count, plural, one {{count} region imported.} other {{count} regions imported.}}', { count }),
    coordinates === 'slide' && t('Their coordinates are those of the slide.'),
    outside > 0 &&
      t('{count, plural, one {{count} lies outside the image.} other {{count} lie outside the image.}}', {
        count: outside,
      }),
    describeSkipped(file),
  ];
  return parts.filter(Boolean).join(' ');
}
