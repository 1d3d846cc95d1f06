import { parseClassifier } from '@/lib/contracts/classifier';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const ROWS = 5;
/** The centre of the n-th nucleus of `drawTissue`. */
const centreOf = (n: number) =>
  [(n % ROWS) * 64 + 32 + ((n * 7) % 9) - 4, Math.floor(n / ROWS) * 64 + 32 + ((n * 5) % 9) - 4] as const;

test('kinds are taught by clicks, undone, saved, and taken to another image; tumour nuclei lead where chosen', async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  const madeBy = page.getByTestId('tumour-made-by');
  const state = page.getByTestId('teaching-state');
  await panels.show('Score');
  await expect(madeBy).toContainText('learnt from simulated fields');

  await panels.show('Regions');
  const teach = async (kind: string, nuclei: readonly number[]) => {
    await page.getByRole('radio', { name: kind }).check();
    for (const n of nuclei) {
      const before = Number.parseInt((await state.textContent()) || '0', 10) || 0;
      await panels.press(...centreOf(n));
      await expect(state).toContainText(`${before + 1} click`);
    }
  };
  await page.getByRole('button', { name: 'Click nuclei', exact: true }).click();
  await teach('Lymphocyte', [1, 2, 3, 5, 6]);
  await teach('Tumour', [4, 8, 12, 16, 20]);
  await page.getByRole('button', { name: 'Undo teaching' }).click();
  await expect(state).toContainText('9 clicks');
  await page.getByRole('button', { name: 'Redo teaching' }).click();
  await expect(state).toContainText('10 clicks');
  // By keyboard alone: the least sure nucleus is what was chosen. Before the numbers follow, it may be one that was taught.
  await panels.settled();
  await page.getByRole('button', { name: 'Show the least sure' }).press('Enter');
  await page.getByRole('button', { name: 'It is what I chose' }).press('Enter');
  await expect(state).toContainText('11 clicks');
  await panels.settled();
  await panels.show('Score');
  await expect(madeBy).toContainText('taught with 11 clicks');
  const tumour = Number(await page.getByTestId('tumour-num-total').textContent());
  expect(tumour).toBeGreaterThanOrEqual(5);

  const { result } = await panels.update();
  expect(result?.scoring.tumour).toMatchObject({ num_total: tumour, made_by: 'taught with 11 clicks' });
  expect(result?.scoring.taught).toMatchObject({ clicks: 11, class_clicks: 0 });

  await panels.show('Regions');
  const { name, bytes } = await panels.save('Save what was taught (JSON)');
  expect(name).toBe('restain-classifier.json');
  expect(parseClassifier(bytes.toString())).toMatchObject({ clicks: 11, images: 1, classes: [] });

  await panels.show('Score');
  await page.getByRole('checkbox', { name: 'Tumour nuclei first' }).check();
  const headline = page.getByRole('region', { name: 'Score', exact: true });
  await expect(headline.getByTestId('tumour-num-total')).toHaveText(String(tumour));
  await expect(page.getByRole('region', { name: 'Tumour nuclei' }).getByTestId('num-total')).toBeVisible();
  await page.reload();
  await panels.settled();
  await expect(headline.getByTestId('tumour-num-total')).toHaveText(String(tumour));

  const other = new ResultPanels(page);
  await other.open(await drawTissue(ROWS - 1));
  await expect(headline.getByTestId('tumour-num-total')).toBeVisible();
  await other.show('Regions');
  const file = page.getByLabel('Start from a file');
  await file.setInputFiles({ name: 'odd.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') });
  await expect(page.getByTestId('classifier-state')).toContainText('odd.json was not taken');
  await file.setInputFiles({ name, mimeType: 'application/json', buffer: bytes });
  await expect(page.getByTestId('classifier-state')).toContainText('11 clicks on 1 image');
  await other.settled();
  await other.show('Score');
  await expect(madeBy).toContainText('taught with 11 clicks');
});
