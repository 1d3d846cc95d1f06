import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const ROWS = 4;
/** The centre of the n-th nucleus of `drawTissue`. */
const centreOf = (n: number) =>
  [(n % ROWS) * 64 + 32 + ((n * 7) % 9) - 4, Math.floor(n / ROWS) * 64 + 32 + ((n * 5) % 9) - 4] as const;
/** A place on glass, between four nuclei. */
const GLASS = [128, 128] as const;

test('nuclei are flipped, deleted and added by hand, undone and redone, and kept', async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const first = await panels.numbers();
  const tool = (name: string) => page.getByRole('button', { name, exact: true });

  await tool('Flip class').click();
  await panels.press(...centreOf(5));
  await expect(page.getByTestId('num-pos')).not.toHaveText(String(first.positive));
  expect((await panels.numbers()).total).toBe(first.total);

  await tool('Delete nucleus').click();
  await panels.press(...centreOf(6));
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total - 1));

  await tool('Add positive').click();
  await panels.press(...GLASS);
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total));
  const corrected = await panels.numbers();

  await tool('Undo').click();
  await tool('Undo').click();
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total));
  await tool('Redo').click();
  await tool('Redo').click();
  await panels.settled();
  expect(await panels.numbers()).toEqual(corrected);
  await expect(tool('Redo')).toBeDisabled();

  const { result } = await panels.update();
  expect(result?.scoring).toMatchObject({ num_total: corrected.total, num_pos: corrected.positive });
  expect(result?.corrections).toEqual({ class: 1, delete: 1, add: 1 });
  await panels.show('Score');
  await expect(page.getByTestId('corrections-counted')).toHaveText(
    'Corrected by hand: 1 of another class, 1 deleted, 1 added.',
  );

  await page.reload();
  await panels.settled();
  expect(await panels.numbers()).toEqual(corrected);
});
