import { afterAll, expect, it } from 'vitest';
import { type Annotation, Annotations, coreAddress } from '@/lib/contracts/annotation';
import { findSlideSample, type SlideSample } from '@/lib/samples';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { slideOf, slides, slideUntil } from '@/lib/server/slides/__fixtures__/slide-site';
import { getStorage } from '@/lib/server/storage';
import { scored, scoresOf } from './__fixtures__/scoring-site';

// With the embedded network, on the slides of the gallery, whose truth is exact.
runSite({ MODELS_DIR: 'models' });
afterAll(() => getStorage().delete('slides/'));

const findSample = (name: string): SlideSample => {
  const sample = findSlideSample(name);
  if (!sample) throw new Error(`no sample ${name}`);
  return sample;
};

async function openSample(name: string): Promise<string> {
  const { id } = await slideOf(slides.create({ sample: name }));
  await slideUntil(id, 'ready');
  return id;
}

const middleOf = (ring: readonly (readonly number[])[]) =>
  [0, 1].map((axis) => {
    const values = ring.map((at) => at[axis] ?? 0);
    return (Math.min(...values) + Math.max(...values)) / 2;
  }) as [number, number];

it('the section has its true index, and its hot spot is found where it was planted', {
  tags: ['long'],
  timeout: 900_000,
}, async () => {
  const { slide, hotSpot, micronsPerPixel } = findSample('slide-ki67');
  const id = await openSample('slide-ki67');
  await scored(id, { kind: 'slide' });
  const scores = await scoresOf(id);
  const spot = scores.hot_spots.find(({ size }) => 'mm2' in size && size.mm2 === 0.2)?.spots[0];
  if (!spot || !hotSpot) throw new Error('no hot spot');
  const [x, y] = middleOf(spot.polygon[0] ?? []);
  const away = Math.hypot(x - hotSpot.x, y - hotSpot.y) * micronsPerPixel;
  console.log(
    `slide: ${scores.slide.num_total} nuclei (true ${slide.total}), ${scores.slide.percent_pos} % (true ${slide.percentPositive}); ` +
      `hot spot ${spot.percent_pos} % (true ${hotSpot.percentPositive}), ${Math.round(away)} µm away`,
  );
  expect(scores.slide.is_complete).toBe(true);
  expect(Math.abs(scores.slide.num_total / slide.total - 1)).toBeLessThan(0.05);
  expect(Math.abs(scores.slide.percent_pos - slide.percentPositive)).toBeLessThan(2);
  expect(Math.abs(spot.percent_pos - hotSpot.percentPositive)).toBeLessThan(5);
  expect(away).toBeLessThan(100);
});

it('each core of the array has its true index, at its true place, and the one that is missing is missing', {
  tags: ['long'],
  timeout: 900_000,
}, async () => {
  const { cores, micronsPerPixel } = findSample('slide-array');
  const id = await openSample('slide-array');
  await scored(id, { kind: 'slide' });
  const { annotations: numbers } = await scoresOf(id);
  const drawn = Annotations.parse(await (await slides.annotations(id)).json()).annotations;
  const found = drawn.filter((one) => one.core !== null);
  const addressOf = (core: Annotation['core']) => (core ? coreAddress(core) : '');
  expect(found.map(({ core }) => addressOf(core)).sort()).toEqual(cores.map(coreAddress).sort());
  const lines = cores.map((core) => {
    const of = found.find((one) => addressOf(one.core) === coreAddress(core));
    const counted = numbers.find((one) => one.id === of?.id);
    const [x, y] = middleOf(of?.polygons[0]?.[0] ?? []);
    const away = Math.hypot(x - core.x, y - core.y) * micronsPerPixel;
    return { core, counted, away };
  });
  console.log(
    lines
      .map(
        ({ core, counted, away }) =>
          `${coreAddress(core)}: ${counted?.num_total} nuclei (true ${core.total}), ${counted?.percent_pos} % (true ${core.percentPositive}), ${away.toFixed(0)} µm away`,
      )
      .join('\n'),
  );
  for (const { core, counted, away } of lines) {
    const name = coreAddress(core);
    expect(counted?.is_complete, name).toBe(true);
    expect(Math.abs((counted?.num_total ?? 0) / core.total - 1), name).toBeLessThan(0.1);
    expect(Math.abs((counted?.percent_pos ?? 0) - core.percentPositive), name).toBeLessThan(3);
    expect(away, name).toBeLessThan(40);
  }
});
