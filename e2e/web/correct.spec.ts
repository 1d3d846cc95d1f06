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
  const bar = await page.getByTestId('scale-bar').textContent();
  // Two quick presses are two presses, and do not zoom.
  await panels.press(...GLASS);
  await panels.press(...GLASS);
  await expect(page.getByText('There is a nucleus already.')).toBeVisible();
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total));
  const corrected = await panels.numbers();
  await page.waitForTimeout(500);
  await expect(page.getByTestId('scale-bar')).toHaveText(bar ?? '');

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
  expect(result?.corrections).toEqual({ class: 1, delete: 1, add: 1, split: 0, join: 0 });
  await panels.show('Score');
  await expect(page.getByTestId('corrections-counted')).toHaveText(
    'Corrected by hand: 1 of another class, 1 deleted, 1 added.',
  );

  await page.reload();
  await panels.settled();
  expect(await panels.numbers()).toEqual(corrected);
});

test('nuclei in a rectangle are flipped or deleted in one step', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const first = await panels.numbers();
  const tool = (name: string) => page.getByRole('button', { name, exact: true });
  await tool('Select many').click();
  await panels.drag([2, 2], [254, 64]);
  await expect(page.getByText(`${ROWS} nuclei selected`)).toBeVisible();
  await tool('Delete selected').click();
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total - ROWS));
  await panels.drag([2, 66], [254, 128]);
  await tool('All positive').click();
  await panels.drag([2, 66], [254, 128]);
  await tool('Flip selected').click();
  await panels.settled();
  const flipped = await panels.numbers();
  await tool('Undo').click();
  await panels.settled();
  expect(await panels.numbers()).toEqual({
    total: flipped.total,
    positive: flipped.positive + ROWS,
    percent: expect.any(Number),
  });
  await tool('Undo').click();
  await tool('Undo').click();
  await panels.settled();
  expect(await panels.numbers()).toEqual(first);
});

test('a selection ends when a slider moves, so that nothing out of sight is deleted', { tag: '@once' }, async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await page.getByRole('button', { name: 'Select many', exact: true }).click();
  await panels.drag([2, 2], [254, 64]);
  await expect(page.getByText(`${ROWS} nuclei selected`)).toBeVisible();
  await panels.slider('Minimum size').press('ArrowRight');
  await expect(page.getByText('nuclei selected')).toBeHidden();
});

test('a nucleus is cut in two and joined again, alike on the page and on the server', { tag: '@once' }, async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const first = await panels.numbers();
  const tool = (name: string) => page.getByRole('button', { name, exact: true });
  const [x, y] = centreOf(5);
  await tool('Split').click();
  await panels.drag([x, y - 26], [x, y + 26]);
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total + 1));
  await panels.drag(GLASS, [GLASS[0] + 6, GLASS[1]]);
  await expect(page.getByText('No nucleus was cut.')).toBeVisible();
  const cut = await panels.numbers();
  const { result } = await panels.update();
  expect(result?.scoring).toMatchObject({ num_total: cut.total, num_pos: cut.positive });
  expect(result?.corrections).toMatchObject({ split: 1, join: 0 });
  await tool('Join').click();
  await panels.drag([x - 5, y], [x + 5, y]);
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total));
  await panels.drag(centreOf(5), centreOf(6));
  await expect(page.getByText('Nothing was joined.')).toBeVisible();
  expect((await panels.update()).result?.corrections).toMatchObject({ split: 1, join: 1 });
});

test('keys on the picture choose tools, hide outlines, and undo', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  await panels.show('Regions');
  const first = await panels.numbers();
  const tool = (name: string) => page.getByRole('button', { name, exact: true });
  const outlines = page.getByRole('button', { name: 'Outlines', exact: true });
  await page.getByRole('group', { name: /^Image view/ }).focus();
  await page.keyboard.press('d');
  await expect(tool('Delete nucleus')).toHaveAttribute('aria-pressed', 'true');
  await panels.press(...centreOf(6));
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total - 1));
  await page.keyboard.press('Control+z');
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total));
  await page.keyboard.press('Control+y');
  await expect(page.getByTestId('num-total')).toHaveText(String(first.total - 1));
  await page.keyboard.press('Escape');
  await expect(tool('Delete nucleus')).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.down(' ');
  await expect(outlines).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.up(' ');
  await expect(outlines).toHaveAttribute('aria-pressed', 'true');
  // A field has keys of its own.
  await page
    .getByLabel('Your name for this image')
    .or(page.getByRole('tab', { name: 'Score' }))
    .first()
    .focus();
  await page.keyboard.press('d');
  await expect(tool('Delete nucleus')).toHaveAttribute('aria-pressed', 'false');
});
