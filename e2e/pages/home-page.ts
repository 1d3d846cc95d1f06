import { expect, type Locator, type Page } from '@playwright/test';
import type { TestFile } from '../fixtures';

/** The home page as its user sees it: by role and name. */
export class HomePage {
  readonly page: Page;
  readonly fileInput: Locator;
  readonly chooseButton: Locator;
  readonly startButton: Locator;
  readonly cancelButton: Locator;
  readonly problem: Locator;
  readonly picture: Locator;
  readonly total: Locator;
  readonly positive: Locator;
  readonly percent: Locator;

  constructor(page: Page) {
    this.page = page;
    this.fileInput = page.locator('input[type=file]');
    this.chooseButton = page.getByRole('button', { name: 'Choose an image' });
    this.startButton = page.getByRole('button', { name: 'Start' });
    this.cancelButton = page.getByRole('button', { name: 'Cancel' });
    // Next announces routes through an alert of its own, outside of main.
    this.problem = page.getByRole('main').getByRole('alert');
    this.picture = page.getByRole('tabpanel').getByRole('img');
    this.total = page.getByTestId('num-total');
    this.positive = page.getByTestId('num-pos');
    this.percent = page.getByTestId('percent-pos');
  }

  async open() {
    await this.page.goto('/');
    // The page reacts once its script runs; the input is there before.
    await expect(async () => {
      await this.chooseButton.click({ trial: true });
      expect(
        await this.fileInput.evaluate((input) => Object.keys(input).some((key) => key.startsWith('__react'))),
      ).toBe(true);
    }).toPass();
  }

  async choose(file: TestFile | string) {
    await this.fileInput.setInputFiles(file);
  }

  async pick(magnification: '10x' | '20x' | '40x') {
    await this.page.getByRole('radio', { name: magnification }).click();
  }

  /** The whole way to a result. */
  async analyse(file: TestFile, magnification: '10x' | '20x' | '40x' = '40x') {
    await this.choose(file);
    await this.pick(magnification);
    await this.startButton.click();
    await this.result();
  }

  async result() {
    await expect(this.page.getByRole('heading', { name: 'Result' })).toBeVisible({ timeout: 60_000 });
    await expect(this.picture).toBeVisible();
  }

  view(name: string): Locator {
    return this.page.getByRole('tab', { name, exact: true });
  }

  async numbers() {
    const [total, positive, percent] = await Promise.all(
      [this.total, this.positive, this.percent].map((n) => n.textContent()),
    );
    return { total: Number(total), positive: Number(positive), percent: Number.parseFloat(percent ?? '') };
  }

  /** The bytes of what a link in the list of files saves. */
  async save(label: string): Promise<{ name: string; bytes: Buffer }> {
    const waiting = this.page.waitForEvent('download');
    await this.page.getByRole('region', { name: 'Save' }).getByRole('link', { name: label, exact: true }).click();
    const download = await waiting;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  }
}
