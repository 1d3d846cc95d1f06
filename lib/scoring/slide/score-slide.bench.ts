import { bench, describe } from 'vitest';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { INTENSITY_THRESHOLDS } from '@/lib/scoring/scores/h-score';
import { randomOf, scatterNuclei } from './__fixtures__/draw-nuclei';
import { countHeat } from './heat-map';
import { HOT_SPOT_SIZES, slideHotSpots } from './hot-spots';
import { gridNuclei } from './nucleus-grid';
import { numbersOfZone, SlideTable } from './score-slide';
import { zoneOfArea, zoneOfSlide } from './zones';

const NUCLEI = 1_000_000;
const REGIONS = 100;
const slide = { width: 60_000, height: 60_000, micronsPerPixel: 0.25 };
const random = randomOf(9);

/** A wavy outline of 300 corners somewhere on the slide. */
function drawRegion(): Polygon {
  const [x, y, radius] = [slide.width * random(), slide.height * random(), 500 + 5000 * random()];
  return [
    Array.from({ length: 300 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 300;
      const r = radius * (1 + 0.2 * Math.sin(7 * angle));
      return [x + r * Math.cos(angle), y + r * Math.sin(angle)] as const;
    }),
  ];
}

const nuclei = scatterNuclei(NUCLEI, slide.width, slide.height);
const areas = Array.from({ length: REGIONS }, (_, i) => ({
  class: i % 9 === 0 ? 'ignore' : 'tumour',
  polygons: [drawRegion()],
}));
const table = new SlideTable(nuclei, slide, []);
const zones = [zoneOfSlide(areas, slide), ...areas.map((area) => zoneOfArea(area, areas))];
const counted = zones.map((zone) => table.count(zone));
const settings = {
  thresholds: { sizeThresh: 'auto', sizeThreshUpper: 900, markerThresh: 120 },
  intensity: INTENSITY_THRESHOLDS,
} as const;
const few = { iterations: 5, warmupIterations: 1, time: 0 };

describe(`${NUCLEI} nuclei, ${REGIONS} regions`, () => {
  bench(
    'a moved size or marker threshold: all numbers',
    () => {
      const graded = table.grade(settings);
      for (const zone of counted) numbersOfZone(graded, zone);
    },
    { ...few, iterations: 20 },
  );
  bench('sort into squares', () => void gridNuclei(nuclei), few);
  bench('nuclei and areas of all regions', () => void zones.map((zone) => table.count(zone)), few);
  const graded = table.grade(settings);
  const outline = zoneOfSlide(areas, slide);
  for (const size of HOT_SPOT_SIZES)
    bench(
      `hot spots of ${JSON.stringify(size)}`,
      () => void slideHotSpots(table, graded, { outline, counted: counted[0] }, size),
      few,
    );
  bench('heat map, squares of 50 µm', () => void countHeat(nuclei, graded.grades, slide, 50), few);
});
