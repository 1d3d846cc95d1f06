import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { type Raster, raster } from '@/lib/imaging/raster';
import { SAMPLES } from '@/lib/samples';
import { type GatedNuclei, type GateOptions, gateNuclei, resolveThresholds } from './gate-nuclei';
import { labelingIndex } from './labeling-index';
import { segmentNuclei } from './nuclei';
import type { Algorithm, NucleusTable } from './nucleus-table';

/** The numbers a user sees must not move unnoticed when a constant does. */
const folder = join(import.meta.dirname, '__fixtures__/samples');

type Setting = { algorithm: Algorithm; probThresh: number; sizesUm2: 'auto' | [above: number, below: number] };
const SETTINGS: Record<string, Setting> = {
  'as the model scores': { algorithm: 'watershed', probThresh: 97, sizesUm2: 'auto' },
  'everything faint, gated by hand': { algorithm: 'watershed', probThresh: 40, sizesUm2: [8, 60] },
  'as DeepLIIF scores': { algorithm: 'deepliif', probThresh: 120, sizesUm2: 'auto' },
};

/** Sizes in pixels, as requests state them. */
function gateOf({ sizesUm2 }: Setting, micronsPerPixel: number): GateOptions {
  const [sizeThresh, sizeThreshUpper] =
    sizesUm2 === 'auto'
      ? (['auto', null] as const)
      : [Math.round(sizesUm2[0] / micronsPerPixel ** 2), Math.round(sizesUm2[1] / micronsPerPixel ** 2)];
  return { sizeThresh, sizeThreshUpper, markerThresh: null, micronsPerPixel };
}

async function readSeg(name: string): Promise<Raster> {
  const { data, info } = await sharp(join(folder, `${name}.webp`))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return raster(new Uint8Array(data), info.width, info.height, 3);
}

/** Of all that is counted: which nuclei there are, where, how large and of which class. */
function hashOf({ count, areaPx, bbox, centroidX, centroidY }: NucleusTable, { kept, positive }: GatedNuclei): string {
  const hash = createHash('sha256');
  for (let k = 0; k < count; k++) {
    const centre = [centroidX[k]!.toFixed(3), centroidY[k]!.toFixed(3)];
    hash.update(`${[kept[k], positive[k], areaPx[k], ...bbox.subarray(4 * k, 4 * k + 4), ...centre].join(' ')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function score(segmentation: Raster, micronsPerPixel: number, setting: Setting): string {
  const { algorithm, probThresh } = setting;
  // Classes come from `Seg` alone; the stained picture, a JPEG, would tie the test to a decoder.
  const maps = { image: segmentation, segmentation, marker: null };
  const table = segmentNuclei(maps, { algorithm, probThresh, micronsPerPixel });
  const thresholds = resolveThresholds(table, null, gateOf(setting, micronsPerPixel));
  const gated = gateNuclei(table, thresholds);
  const { total, positive } = labelingIndex(gated);
  return `${positive} of ${total}, ${hashOf(table, gated)}`;
}

it('counts in every shipped sample what it counted before', async () => {
  const counts: Record<string, Record<string, string>> = {};
  for (const { name, micronsPerPixel } of SAMPLES) {
    const segmentation = await readSeg(name);
    counts[name] = Object.fromEntries(
      Object.entries(SETTINGS).map(([title, setting]) => [title, score(segmentation, micronsPerPixel, setting)]),
    );
  }
  await expect(`${JSON.stringify(counts, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'golden-counts.json'));
});
