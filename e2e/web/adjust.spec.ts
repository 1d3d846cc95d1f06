import AxeBuilder from '@axe-core/playwright';
import { InferResult } from '@/lib/contracts/infer';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { cutSample, drawTissue } from '../test-files';

const ROWS = 6;

test('every slider changes the numbers at once, can be typed and reset', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await cutSample('pr-weak'));
  await panels.show('Adjust');
  const first = await panels.numbers();
  expect(first.total).toBeGreaterThan(50);

  await panels.slider('Minimum size').fill('700');
  await expect(page.getByTestId('num-total')).not.toHaveText(String(first.total));
  await expect(page.getByLabel('Smallest, px')).toHaveValue('700');
  await page.getByRole('button', { name: 'Reset size' }).click();
  expect(await panels.numbers()).toEqual(first);

  await page.getByLabel('Largest, px').fill('650');
  await expect(page.getByTestId('num-total')).not.toHaveText(String(first.total));
  await expect(panels.slider('Maximum size')).toHaveValue('650');
  await page.getByRole('button', { name: 'Reset size' }).click();
  expect(await panels.numbers()).toEqual(first);

  await panels.slider('Segmentation threshold').focus();
  await page.keyboard.press('End');
  await expect(page.getByLabel('Segmentation value')).toHaveValue('254');
  await expect(page.getByTestId('num-total')).not.toHaveText(String(first.total));
  await page.getByRole('button', { name: 'Reset segmentation' }).click();
  expect(await panels.numbers()).toEqual(first);

  await panels.slider('Marker threshold').fill('0');
  await expect(page.getByLabel('Marker value')).toHaveValue('0');
  await expect(page.getByTestId('num-pos')).not.toHaveText(String(first.positive));
  await page.getByRole('button', { name: 'Reset marker' }).click();
  expect(await panels.numbers()).toEqual(first);
  await expect(panels.updateState).toHaveAttribute('data-state', 'saved');
});

test('the smallest size is known before the preview is', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(4));
  const { result } = await panels.stored();
  await page.route('**/api/storage/**', (route) => route.abort());
  await page.reload();
  await expect(page.getByLabel('Smallest, px')).toHaveValue(String(result?.scoring.size_thresh));
  await expect(page.getByRole('slider', { name: 'Minimum size' })).toHaveValue(String(result?.scoring.size_thresh));
});

test('while nuclei are found anew, an estimate runs ahead of the numbers and says so', { tag: '@once' }, async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await cutSample('pr-weak'));
  await panels.show('Adjust');
  /** Moves the threshold, records every total that is shown as an estimate, and compares it with the exact one. */
  const move = (to: number) =>
    page.evaluate(async (value) => {
      const slider = document.querySelector<HTMLInputElement>('input[aria-label="Segmentation threshold"]');
      const score = document.querySelector('section[aria-label="Score"]');
      if (!slider || !score) throw new Error('the page has no slider or no score');
      const total = () => Number(score.querySelector('[data-testid=num-total]')?.textContent);
      const estimates: number[] = [];
      const watcher = new MutationObserver(() => {
        if (score.textContent?.includes('about')) estimates.push(total());
      });
      watcher.observe(score, { subtree: true, childList: true, characterData: true, attributes: true });
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(slider, String(value));
      slider.dispatchEvent(new Event('change', { bubbles: true }));
      await new Promise(requestAnimationFrame);
      while (score.getAttribute('aria-busy') === 'true') await new Promise(requestAnimationFrame);
      watcher.disconnect();
      return { estimates, exact: total(), isMarked: score.textContent?.includes('about') };
    }, to);
  // Estimates are shown once the page has counted nuclei at enough thresholds, which it does while it is idle.
  let seen: Awaited<ReturnType<typeof move>> | null = null;
  await expect(async () => {
    await page.waitForTimeout(1000);
    for (const to of [190, 90]) seen = await move(to);
    expect(seen?.estimates.length).toBeGreaterThan(0);
  }).toPass({ timeout: 60_000 });
  const { estimates, exact, isMarked } = seen as unknown as Awaited<ReturnType<typeof move>>;
  expect(isMarked).toBe(false);
  for (const estimate of estimates) expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.max(2, 0.03 * exact));
});

/** A linear congruential generator, so that every run has the same numbers. */
function* randomShares(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

test('what Save changes writes is what the preview counted, on random settings', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Adjust');
  const random = randomShares(7);
  const upTo = (most: number) => Math.floor(random.next().value * most);
  const seen = new Set<string>();
  for (let round = 0; round < 5; round++) {
    await page.getByLabel('Segmentation value').fill(String(40 + upTo(200)));
    await page.getByRole('button', { name: 'Reset size' }).click();
    await page.getByLabel('Largest, px').fill(String(660 + upTo(60)));
    await page.getByLabel('Smallest, px').fill(String(560 + upTo(100)));
    await page.getByLabel('Marker value').fill(String(upTo(256)));
    const { total, positive, percent } = await panels.numbers();
    const { result } = await panels.update();
    expect(result?.scoring).toMatchObject({ num_total: total, num_pos: positive, percent_pos: percent });
    seen.add(`${total} ${positive}`);
  }
  expect(seen.size).toBeGreaterThan(1);
});

test('intensity follows its thresholds and adds up', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Score');
  const { total, positive } = await panels.numbers();
  const bin = async (name: string) => Number(await page.getByTestId(`bin-${name}`).textContent());
  const graded = async () => [await bin('onePlus'), await bin('twoPlus'), await bin('threePlus')] as const;
  expect(await bin('negative')).toBe(total - positive);
  expect((await graded()).reduce((a, b) => a + b)).toBe(positive);
  await page.getByLabel('Optical density of 2+').fill('0');
  await page.getByLabel('Optical density of 3+').fill('0.01');
  expect(await graded()).toEqual([0, 0, positive]);
  await expect(page.getByTestId('h-score')).toHaveText(String(Math.round((300 * positive) / total)));
});

test('page and API give the same H-score, Allred score, intensities and hot spot', { tag: '@once' }, async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  const tissue = await drawTissue(ROWS);
  await panels.open(tissue);
  const infer = async (options: string) =>
    InferResult.parse(
      await (
        await page.request.post(`/api/infer?resolution=40x&slim&${options}`, { multipart: { img: tissue } })
      ).json(),
    );
  const shown = async () => {
    const of = async (id: string) => Number(await page.getByTestId(id).textContent());
    const names = ['negative', 'onePlus', 'twoPlus', 'threePlus'];
    const bins = await Promise.all(names.map((name) => of(`bin-${name}`)));
    return { h: await of('h-score'), allred: await of('allred'), bins };
  };
  const stated = ({ h_score, allred, intensity }: Pick<InferResult, 'h_score' | 'allred' | 'intensity'>) => ({
    h: h_score,
    allred: allred?.total,
    bins: Object.values(intensity?.bins ?? {}),
  });

  await panels.show('Score');
  const first = await shown();
  expect(stated(await infer(''))).toEqual(first);
  expect(stated((await panels.stored()).result!)).toEqual(first);

  await page.getByLabel('Optical density of 3+').fill('2');
  await page.getByLabel('Optical density of 2+').fill('1.5');
  const regraded = await shown();
  expect(regraded).not.toEqual(first);
  expect(stated(await infer('intensity_two_plus=1.5&intensity_three_plus=2'))).toEqual(regraded);
  const { result, scoring } = await panels.update();
  expect(scoring).toMatchObject({ intensity_two_plus: 1.5, intensity_three_plus: 2 });
  expect(stated(result!)).toEqual(regraded);
  await page.reload();
  await panels.settled();
  expect(await shown()).toEqual(regraded);

  await panels.show('Regions');
  await page.getByLabel('Area of the hot spot, mm²').fill('0.002');
  await page.getByRole('button', { name: 'Find hot spot' }).click();
  const words = await page.getByText(/^Found: /).textContent();
  const asked = await infer('hot_spot_mm2=0.002');
  const saved = await panels.update();
  for (const { hot_spot: spot } of [asked, saved.result!])
    expect(words).toBe(`Found: ${spot!.percent_pos.toFixed(1)} %, ${spot!.num_pos} of ${spot!.num_total} nuclei.`);
  expect(saved.result?.hot_spot).toEqual(asked.hot_spot);
});

test('a finger on a slider scrolls nothing', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(2));
  await panels.show('Adjust');
  for (const name of ['Segmentation threshold', 'Minimum size', 'Marker threshold']) {
    const touched = await panels
      .slider(name)
      .evaluate((input) => getComputedStyle(input.closest('[class*="touch-none"]') ?? input).touchAction);
    expect(touched, name).toBe('none');
  }
});

test('axe finds nothing serious on any panel', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(2));
  for (const tab of ['Score', 'Adjust', 'Layers', 'Regions', 'Save'] as const) {
    await panels.show(tab);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
      tab,
    ).toEqual([]);
  }
});
