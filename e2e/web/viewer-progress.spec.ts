import { analysisPaths } from '@/lib/contracts/analysis';
import { expect, test } from '../fixtures';
import { AnalysisPage, startAnalysis } from '../pages/analysis-page';
import { drawTissue } from '../test-files';

test('progress survives a reload and ends in the result', async ({ page, request }) => {
  // At 10x it takes some seconds, so that the page opens before it is over.
  const { id } = await startAnalysis(request, (await drawTissue(14)).buffer, { resolution: '10x' });
  const view = new AnalysisPage(page);
  await view.open(id);
  await expect(page.getByRole('heading', { name: 'Analysing' })).toBeVisible();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Analysing' }).or(view.image)).toBeVisible();
  await view.ready();
  await expect(view.total).toHaveText(/\d/);
});

test('a running analysis is cancelled and tried again', { tag: '@once' }, async ({ page, request }) => {
  const { id } = await startAnalysis(request, (await drawTissue(20)).buffer, { resolution: '10x' });
  const view = new AnalysisPage(page);
  await view.open(id);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('heading', { name: 'The analysis was cancelled' })).toBeVisible();
  await expect(page).toHaveTitle(/^Cancelled.* - Restain$/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Analysing' })).toBeVisible();
  await request.delete(analysisPaths.one(id));
  await expect(page.getByRole('heading', { name: 'There is no analysis at this address' })).toBeVisible();
});

test('an address of nothing says so', { tag: '@once' }, async ({ page }) => {
  for (const id of ['AAAAAAAAAAAAAAAAAAAAAA', 'too-short']) {
    await page.goto(`/analyses/${id}`);
    await expect(page.getByRole('heading', { name: 'There is no analysis at this address' })).toBeVisible();
  }
  await expect(page.getByRole('link', { name: 'Analyse an image' })).toBeVisible();
});
