import { bench, describe } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { drawOverlay, drawRefined } from '@/lib/scoring/draw/draw-nuclei';
import { type GateThresholds, gateNuclei, resolveGates } from '@/lib/scoring/gate/gate-nuclei';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import { drawScene, scatterNuclei } from '../__fixtures__/draw-scene';
import { segmentNuclei } from './find-nuclei';

const SIDE = 3000;
const NUCLEI = 20_000;
const MICRONS_PER_PIXEL = 0.25;

const scene = drawScene(SIDE, SIDE, scatterNuclei(SIDE, SIDE, NUCLEI, 7));
const blank = (): Raster => ({ data: new Uint8Array(3 * SIDE * SIDE), width: SIDE, height: SIDE, channels: 3 });
const [overlay, refined] = [blank(), blank()];
const gates: GateThresholds = { sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: 120 };
const few = { iterations: 5, warmupIterations: 1, time: 0 };

describe.each(['watershed', 'deepliif'] as const)(`${SIDE} x ${SIDE}, ${NUCLEI} nuclei, %s`, (algorithm) => {
  const segment = () => segmentNuclei(scene, { algorithm, probThresh: 127, micronsPerPixel: MICRONS_PER_PIXEL });
  const table = segment();
  const score = () => {
    const gated = gateNuclei(table, resolveGates(table, scene.marker, gates, MICRONS_PER_PIXEL));
    labelingIndex(gated);
    return gated;
  };
  const gated = score();

  bench(
    'all: find, gate, draw both pictures, count',
    () => {
      const found = segment();
      const kept = gateNuclei(found, resolveGates(found, scene.marker, gates, MICRONS_PER_PIXEL));
      labelingIndex(kept);
      drawOverlay(scene.image, found, kept, overlay);
      drawRefined(found, kept, refined);
    },
    few,
  );
  bench('find and measure', () => void segment(), few);
  bench('thresholds, gates, index', () => void score(), { ...few, iterations: 20 });
  bench('overlay', () => void drawOverlay(scene.image, table, gated, overlay), few);
  bench('refined', () => void drawRefined(table, gated, refined), few);
});
