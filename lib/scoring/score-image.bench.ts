import { bench, describe } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { drawScene, scatterNuclei } from './__fixtures__/draw-scene';
import { drawOverlay, drawRefined } from './draw/draw-nuclei';
import { sketchNuclei } from './draw/sketch-nuclei';
import { EVERYWHERE } from './gate/apply-regions';
import { scoreFound, scoreImage } from './score-image';
import type { Thresholds } from './thresholds';

const SIDE = 3000;
const NUCLEI = 20_000;

const scene = { ...drawScene(SIDE, SIDE, scatterNuclei(SIDE, SIDE, NUCLEI, 7)), micronsPerPixel: 0.25 };
const blank = (): Raster => ({ data: new Uint8Array(3 * SIDE * SIDE), width: SIDE, height: SIDE, channels: 3 });
const [overlay, refined] = [blank(), blank()];
const few = { iterations: 5, warmupIterations: 1, time: 0 };

describe.each(['watershed', 'deepliif'] as const)(`${SIDE} x ${SIDE}, ${NUCLEI} nuclei, %s`, (algorithm) => {
  const thresholds: Thresholds = {
    ...{ algorithm, probThresh: 127 },
    ...{ sizeThresh: 'auto', sizeThreshUpper: null, markerThresh: 120 },
  };
  const request = { thresholds, corrections: [], regions: EVERYWHERE };
  const { nuclei, counted } = scoreImage(scene, request);
  const table = nuclei.table();
  const sketch = sketchNuclei(table, counted);

  bench(
    'all: find, gate, count, draw both pictures',
    () => {
      const scored = scoreImage(scene, request);
      const drawn = sketchNuclei(scored.nuclei.table(), scored.counted);
      drawOverlay(scene.image, drawn, overlay);
      drawRefined(drawn, refined);
    },
    few,
  );
  bench('find, gate, count', () => void scoreImage(scene, request), few);
  bench('gate and count', () => void scoreFound(scene, nuclei, request), { ...few, iterations: 20 });
  bench('sketch', () => void sketchNuclei(table, counted), few);
  bench('overlay', () => void drawOverlay(scene.image, sketch, overlay), few);
  bench('refined', () => void drawRefined(sketch, refined), few);
});
