import { bench } from 'vitest';
import { randomSource } from '../__fixtures__/draw-scene';
import { emptyColumns } from '../find/nucleus-table';
import { classifyNuclei, describeKinds } from './classify-nuclei';
import { KINDS } from './kinds';
import { learnClasses, learnKinds } from './teach-kinds';
import { packInRanges, tellKindsOfSlide } from './tell-kinds';

const random = randomSource(1);
const field = (side: number) => ({ width: side, height: side, micronsPerPixel: 0.25 });

/** As close together as in a tumour, in rows of cells as on a slide. */
function scatter(count: number) {
  const nuclei = emptyColumns('watershed', count);
  const side = Math.sqrt(count) * 40;
  const rowOf = (k: number) => Math.floor(k / 20_000);
  const height = (20_000 / count) * side;
  for (let k = 0; k < count; k++) {
    nuclei.areaPx[k] = 300 + 500 * random();
    nuclei.centroidX[k] = side * ((k % 20_000) / 20_000);
    nuclei.centroidY[k] = height * (rowOf(k) + random());
    nuclei.varianceX[k] = 40 + 40 * random();
    nuclei.varianceY[k] = 40 + 40 * random();
  }
  return { nuclei, field: field(side) };
}
const picture = scatter(20_000);

// The goal is 100 ms.
bench('kinds of 20,000 nuclei', () => {
  classifyNuclei(picture.nuclei, picture.field);
});

// After each click. The goal is 100 ms, too.
const described = describeKinds(picture.nuclei, picture.field);
const examplesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ nucleus: n, name: KINDS[n % KINDS.length] }));
bench('20 clicks on 20,000 nuclei', () => {
  learnKinds(described, [], examplesOf(20));
});
bench('200 clicks on 20,000 nuclei', () => {
  learnKinds(described, [], examplesOf(200));
});

const slide = scatter(1_000_000);
bench(
  'kinds of a million nuclei',
  () => {
    tellKindsOfSlide(slide.nuclei, slide.field, null);
  },
  { iterations: 3, warmupIterations: 0, time: 0 },
);

// Made once, in turns.
const packing = packInRanges(slide.nuclei, slide.field);
let turn = packing.next();
while (!turn.done) turn = packing.next();
const packed = turn.value;
// After each click. The goal is 500 ms.
for (const count of [20, 200])
  bench(
    `${count} clicks on a million nuclei`,
    () => {
      learnClasses(packed, [], examplesOf(count));
    },
    { iterations: 5, warmupIterations: 1, time: 0 },
  );
