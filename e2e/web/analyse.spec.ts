import sharp from 'sharp';
import { drawTissue, expect, test } from '../fixtures';

const ROWS = 6;

test('an image becomes an overlay, its modalities and its numbers', async ({ home }) => {
  const tissue = await drawTissue(ROWS);
  await home.choose(tissue);
  await expect(home.page.getByText('tissue.png, 384 x 384 px')).toBeVisible();
  await home.pick('40x');
  await home.startButton.click();
  await home.result();

  const { total, positive, percent } = await home.numbers();
  expect(total).toBeGreaterThan(0.8 * ROWS * ROWS);
  expect(total).toBeLessThan(1.2 * ROWS * ROWS);
  expect(percent).toBe(Math.round((1000 * positive) / total) / 10);
  await expect(home.page.getByText(/95 % interval \d+\.\d to \d+\.\d %/)).toBeVisible();

  const seen = new Set<string>();
  for (const name of ['Overlay', 'Original', 'Nuclei', 'Marker', 'DAPI', 'Lap2', 'Hematoxylin', 'Probabilities']) {
    await home.view(name).click();
    await expect(home.picture).toHaveAccessibleName(new RegExp(`^${name}: `));
    await expect(home.picture).toHaveJSProperty('naturalWidth', 384);
    seen.add((await home.picture.getAttribute('src')) ?? '');
  }
  expect(seen.size).toBe(8);
});

test('every picture and the scoring can be saved by itself', async ({ home }) => {
  await home.analyse(await drawTissue(ROWS));
  const pictures = { Overlay: 'SegOverlaid', Nuclei: 'SegRefined', Marker: 'Marker', DAPI: 'DAPI', Lap2: 'Lap2' };
  for (const [label, name] of Object.entries({ ...pictures, Hematoxylin: 'Hema', Probabilities: 'Seg' })) {
    const saved = await home.save(label);
    expect(saved.name).toBe(`tissue_${name}.png`);
    expect(await sharp(saved.bytes).metadata()).toMatchObject({ format: 'png', width: 384, height: 384, channels: 3 });
  }
  const scoring = await home.save('Scoring (JSON)');
  expect(scoring.name).toBe('tissue_scoring.json');
  const { total, positive, percent } = await home.numbers();
  expect(JSON.parse(scoring.bytes.toString())).toMatchObject({
    scoring: { num_total: total, num_pos: positive, percent_pos: percent },
    provenance: { microns_per_pixel: 0.25, microns_per_pixel_source: 'resolution' },
  });
});

test('the next image starts from the magnification of the last', async ({ home }) => {
  await home.analyse(await drawTissue(2), '10x');
  await home.page.getByRole('button', { name: 'Analyse another image' }).click();
  await home.choose(await drawTissue(2));
  await expect(home.page.getByRole('radio', { name: '10x' })).toBeChecked();
});

test('a running analysis can be cancelled, and started again', async ({ home, request }) => {
  await home.choose(await drawTissue(16));
  await home.startButton.click();
  await expect(home.page.getByRole('progressbar')).toBeVisible();
  await home.cancelButton.click();
  await expect(home.startButton).toBeVisible();
  await expect(home.problem).toBeHidden();
  await expect
    .poll(async () => (await (await request.get('/api/health')).json()).queue)
    .toMatchObject({ waiting: 0, running: 0 });

  // The lightest of the three: nothing is enlarged.
  await home.pick('40x');
  await home.startButton.click();
  await home.result();
});
