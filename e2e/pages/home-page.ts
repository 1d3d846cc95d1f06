import { expect, type Locator, type Page } from '@playwright/test';
import { Analysis, analysisPaths } from '@/lib/contracts/analysis';
import type { TestFile } from '../test-files';

/** The home page as its user sees it: by role and name. */
export class HomePage {
  readonly page: Page;
  readonly fileInput: Locator;
  readonly chooseButton: Locator;
  readonly acceptButton: Locator;
  readonly startButton: Locator;
  readonly cancelButton: Locator;
  readonly problem: Locator;
  readonly picture: Locator;
  readonly percent: Locator;

  constructor(page: Page) {
    this.page = page;
    this.fileInput = page.locator('input[type=file]');
    this.chooseButton = page.getByRole('button', { name: 'Choose an image' });
    this.acceptButton = page.getByRole('button', { name: 'I accept' });
    this.startButton = page.getByRole('button', { name: 'Start', exact: true });
    this.cancelButton = page.getByRole('button', { name: 'Cancel', exact: true });
    // Within main: outside of it, Next has an alert of its own for changes of the route.
    this.problem = page.getByRole('main').getByRole('alert');
    this.picture = page.getByAltText('The chosen image');
    this.percent = page.getByTestId('percent-pos');
  }

  async open() {
    // Playwright intercepts dialogs of files while somebody listens, and misses one that opens just after the first does.
    this.page.on('filechooser', () => undefined);
    await this.page.goto('/');
    // The input is visible before the script of the page runs, but only reacts after.
    await expect(async () => {
      await this.chooseButton.click({ trial: true });
      expect(
        await this.fileInput.evaluate((input) => Object.keys(input).some((key) => key.startsWith('__react'))),
      ).toBe(true);
    }).toPass({ intervals: [50] });
  }

  /** Chooses a file, and accepts the terms if the page asks for it. */
  async choose(file: TestFile | string) {
    const isAccepted = (await this.page.context().cookies()).some(({ name }) => name === 'restain-terms');
    await this.fileInput.setInputFiles(file);
    if (!isAccepted) await this.acceptButton.click();
  }

  /** Chooses a file, and waits until the server has checked it. */
  async bring(file: TestFile | string) {
    await this.choose(file);
    await expect(this.startButton).toBeVisible({ timeout: 60_000 });
  }

  sample(caption: RegExp): Locator {
    return this.page.getByRole('list').getByRole('button', { name: caption });
  }

  async pick(magnification: '10x' | '20x' | '40x' | 'Other') {
    await this.page.getByRole('radio', { name: magnification }).click();
  }

  /** Starts the chosen image. Returns the id of its analysis. */
  async start(): Promise<string> {
    await this.startButton.click();
    await expect(this.startButton).toBeHidden({ timeout: 60_000 });
    return new URL(this.page.url()).pathname.split('/').at(-1) as string;
  }

  async result() {
    await expect(this.percent).toHaveText(/\d\s%/, { timeout: 120_000 });
  }

  /** The analysis as the server has it; null if it has none. */
  async stored(id: string): Promise<Analysis | null> {
    const answer = await this.page.request.get(analysisPaths.one(id));
    return answer.status() === 404 ? null : Analysis.parse(await answer.json());
  }

  /** The id of the next analysis that the page creates. To be called before that. */
  async created(): Promise<string> {
    const answer = await this.page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().endsWith(analysisPaths.create),
    );
    return Analysis.parse(await answer.json()).id;
  }
}
