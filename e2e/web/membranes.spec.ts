import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';

test('membranes of a sample are measured beside the truth, cut points and marker change them, and files have them', {
  tag: '@once',
}, async ({ home, page }) => {
  const panels = new ResultPanels(page);
  await home.sample(/^PD-L1 40x/).click();
  panels.id = await home.start();
  await home.result();
  await panels.settled();
  const section = page.getByRole('region', { name: 'Membranes' });
  const lead = page.getByTestId('membrane-lead');
  const measured = async () => Number.parseFloat((await lead.textContent())?.replace(/^TPS\s/, '') ?? '');
  const stored = await panels.stored();
  expect(stored.scoring.marker).toBe('pdl1');
  expect(stored.result?.warnings.map(({ code }) => code)).toContain('membrane_unproven');
  expect(await measured()).toBe(stored.result?.membrane?.tps);
  await expect(page).toHaveTitle(/^TPS\s\d+\.\d\s%/);
  await expect(page.getByLabel('Score', { exact: true })).toContainText('never a diagnosis');
  await expect(page.getByTestId('membrane-sentence')).toContainText(/CPS\s\d+\.\d: .* lymphocytes/);
  expect((await panels.numbers()).total).toBe(stored.result?.scoring.num_total);
  await expect(section.getByTestId('membrane-truth')).toContainText(/true 36\.9 %, measured \d+\.\d %/);
  await expect(section.getByTestId('her2-pattern')).toBeHidden();

  // On a phone what stays in sight is short, and the sentence stands in the panel.
  const wide = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByTestId('membrane-sentence-narrow')).toContainText(/CPS\s\d+\.\d: .* lymphocytes/);
  await expect(page.getByTestId('membrane-sentence')).toBeHidden();
  expect((await page.getByRole('region', { name: 'Score' }).boundingBox())?.height).toBeLessThan(100);
  if (wide) await page.setViewportSize(wide);

  const before = await measured();
  await section.getByLabel('Membrane: partial from').fill('0.6');
  await section.getByLabel('Membrane: partial from').press('Enter');
  await expect.poll(measured).toBeLessThan(before);
  const { result, scoring } = await panels.update();
  expect(scoring).toMatchObject({ membrane_partial: 0.6 });
  expect(result?.membrane?.tps).toBe(await measured());
  expect(result?.membrane?.cuts.partial).toBe(0.6);
  await page.reload();
  await panels.settled();
  expect(await measured()).toBe(result?.membrane?.tps);

  const { bytes } = await panels.save('Nuclei (CSV)');
  expect(bytes.toString().split('\n')[0]).toMatch(/membrane_completeness,membrane_od,cytoplasm_od\r?$/);

  await page.getByLabel('Stained for').selectOption('her2');
  await expect(section.getByTestId('her2-pattern')).toBeVisible();
  await expect(lead).toHaveText(/^\d+\.\d\s% complete$/);
  await page.getByLabel('Stained for').selectOption('ki67');
  await expect(section).toBeHidden();
  await expect(lead).toBeHidden();
});
