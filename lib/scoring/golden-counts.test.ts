import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { type Raster, raster } from '@/lib/imaging/raster';
import { SAMPLES } from '@/lib/samples';
import { segmentNuclei } from '@/lib/scoring/find/find-nuclei';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import { type GatedNuclei, type GateThresholds, gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { Algorithm } from '@/lib/scoring/thresholds';

/** The numbers a user sees must not move unnoticed when a constant does. */
const folder = join(import.meta.dirname, '__fixtures__/samples');

type Setting = { algorithm: Algorithm; probThresh: number; sizesUm2: 'auto' | [above: number, below: number] };
const SETTINGS: Record<string, Setting> = {
  'as the model scores': { algorithm: 'watershed', probThresh: 97, sizesUm2: 'auto' },
  'everything faint, gated by hand': { algorithm: 'watershed', probThresh: 40, sizesUm2: [8, 60] },
  'as DeepLIIF scores': { algorithm: 'deepliif', probThresh: 120, sizesUm2: 'auto' },
};

/** Sizes in pixels, as requests state them. */
function gateOf({ sizesUm2 }: Setting, micronsPerPixel: number): GateThresholds {
  const [sizeThresh, sizeThreshUpper] =
    sizesUm2 === 'auto'
      ? (['auto', null] as const)
      : [Math.round(sizesUm2[0] / micronsPerPixel ** 2), Math.round(sizesUm2[1] / micronsPerPixel ** 2)];
  return { sizeThresh, sizeThreshUpper, markerThresh: null };
}

async function readSeg(name: string): Promise<Raster> {
  const { data, info } = await sharp(join(folder, `${name}.webp`))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return raster(new Uint8Array(data), info.width, info.height, 3);
}

/** The same scene with pixels twice as large. */
function halve({ data, width, height }: Raster): Raster {
  const half = raster(new Uint8Array((data.length / 4) | 0), width / 2, height / 2, 3);
  for (let y = 0; y < half.height; y++)
    for (let x = 0; x < half.width; x++)
      for (let c = 0; c < 3; c++) {
        const at = 3 * (2 * y * width + 2 * x) + c;
        const sum = data[at]! + data[at + 3]! + data[at + 3 * width]! + data[at + 3 * width + 3]!;
        half.data[3 * (y * half.width + x) + c] = (sum + 2) >> 2;
      }
  return half;
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
  const thresholds = resolveGates(table, null, gateOf(setting, micronsPerPixel), micronsPerPixel);
  const gated = gateNuclei(table, thresholds);
  const { total, positive } = labelingIndex(gated);
  return `${positive} of ${total}, ${hashOf(table, gated)}`;
}

const scoreAll = (segmentation: Raster, micronsPerPixel: number) =>
  Object.fromEntries(
    Object.entries(SETTINGS).map(([title, setting]) => [title, score(segmentation, micronsPerPixel, setting)]),
  );

it('counts in every shipped sample, and in one at 5x, what it counted before', async () => {
  const counts: Record<string, Record<string, string>> = {};
  for (const { name, micronsPerPixel } of SAMPLES) counts[name] = scoreAll(await readSeg(name), micronsPerPixel);
  counts['ki67-10x at 5x'] = scoreAll(halve(await readSeg('ki67-10x')), 2);
  await expect(`${JSON.stringify(counts, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'golden-counts.json'));
});
