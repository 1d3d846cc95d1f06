import 'server-only';
import type { PixelSides } from '@/lib/server/images/pixel-sides';
import { type PixelSizeOrigin, sidesOf } from '@/lib/server/readers/slide-source';
import { TAG, type TiffPage } from './tiff-tags';

/** By ResolutionUnit: inch, centimetre. 1 means no unit. */
const MICRONS_PER_RESOLUTION_UNIT: Partial<Record<number, number>> = { 2: 25_400, 3: 10_000 };

type Stated = { sides: PixelSides; statedBy: PixelSizeOrigin };

/** The sides of a page's pixels, from the first that states them: OME-XML, Aperio, ImageJ, the resolution tags. */
export async function statedSides(page: TiffPage, description: string): Promise<Stated | null> {
  const ome = pixelsTag(description);
  if (ome) {
    const length = (axis: string) => {
      const value = Number(new RegExp(`PhysicalSize${axis}="([^"]+)"`).exec(ome)?.[1] ?? 0);
      return value * (UNITS.get(new RegExp(`PhysicalSize${axis}Unit="([^"]+)"`).exec(ome)?.[1] ?? 'µm') ?? 0);
    };
    const sides = sidesOf(length('X'), length('Y'));
    if (sides) return { sides, statedBy: 'OME-XML' };
  }
  const aperio = description.startsWith('Aperio') && Number(/MPP\s*=\s*([\d.]+)/.exec(description)?.[1] ?? 0);
  if (aperio) return { sides: { x: aperio, y: aperio, isRatio: false }, statedBy: 'Aperio description' };

  const [x, y] = [await page.number(TAG.xResolution, 0), await page.number(TAG.yResolution, 0)];
  if (x <= 0 || y <= 0) return null;
  const imagej = description.startsWith('ImageJ=') && UNITS.get(imagejUnit(description));
  if (imagej) return { sides: { x: imagej / x, y: imagej / y, isRatio: false }, statedBy: 'ImageJ description' };
  const unit = await page.number(TAG.resolutionUnit, 2);
  const microns = MICRONS_PER_RESOLUTION_UNIT[unit] ?? null;
  // Without a unit a resolution is a ratio, often 1 to 1.
  const sides = { x: (microns ?? 1) / x, y: (microns ?? 1) / y, isRatio: microns === null };
  return { sides, statedBy: 'TIFF resolution' };
}

/** The first tag `Pixels` in OME-XML. Found by two searches, so that a text of tags that never end takes no longer. */
function pixelsTag(description: string): string | null {
  const from = description.search(/<(?:\w{1,40}:)?Pixels\s/);
  const to = description.indexOf('>', from);
  return from < 0 || to < 0 ? null : description.slice(from, to + 1);
}

/** ImageJ writes the micro sign as such, escaped, or as one byte of Latin-1, which is not UTF-8. */
const imagejUnit = (description: string) =>
  (/^unit=(.*)$/m.exec(description)?.[1] ?? '')
    .trim()
    .toLowerCase()
    .replace(/^(\\u00b5|\\u03bc|\ufffd|\u03bc)/, 'µ');

/** Units in µm, by their names in OME-XML and ImageJ. The micro sign has two code points. */
const UNITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ µm: 1, μm: 1, um: 1, nm: 1e-3, mm: 1e3, cm: 1e4, m: 1e6, in: 25_400, inch: 25_400, inches: 25_400 },
    ...{ micron: 1, microns: 1, micrometer: 1, micrometers: 1, micrometre: 1, micrometres: 1 },
    ...{ nanometer: 1e-3, nanometers: 1e-3, millimeter: 1e3, millimeters: 1e3, centimeter: 1e4, centimeters: 1e4 },
    ...{ nanometre: 1e-3, nanometres: 1e-3, millimetre: 1e3, millimetres: 1e3, centimetre: 1e4, centimetres: 1e4 },
  }),
);
