import { type APIRequestContext, expect, type Locator, type Page } from '@playwright/test';
import { Analysis, analysisPaths, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import type { TestFile } from '../test-files';

type Tab = 'Score' | 'Adjust' | 'Layers' | 'Regions' | 'Save';

/** The rail of a result, or its sheet on a narrow screen. Names are the same in both. */
export class ResultPanels {
  readonly page: Page;
  readonly picture: Locator;
  readonly updateButton: Locator;
  readonly updateState: Locator;
  private readonly score: Locator;
  private readonly sheet: Locator;
  private size = { width: 0, height: 0 };
  id = '';

  constructor(page: Page) {
    this.page = page;
    this.picture = page.locator('canvas[aria-label="Image view"]');
    this.updateButton = page.getByRole('button', { name: 'Save changes' });
    this.updateState = page.getByTestId('update-state');
    this.score = page.getByRole('region', { name: 'Score' });
    this.sheet = page.getByRole('tablist', { name: 'Result' });
  }

  /** Analyses an image over the API, and opens its result. */
  async open(file: TestFile, resolution: '10x' | '20x' | '40x' = '40x') {
    const { request } = this.page;
    const data = { bytes: file.buffer.length, type: file.mimeType };
    const headers = { [TERMS_HEADER]: TERMS_VERSION };
    const created = await answer(request.post(analysisPaths.create, { headers, data }));
    const parts = created.upload?.missing ?? [];
    for (const part of parts) {
      const body = file.buffer.subarray(part.offset, part.offset + part.bytes);
      expect((await request.put(part.url, { headers: part.headers, data: body })).ok()).toBe(true);
    }
    await answer(request.post(analysisPaths.verify(created.id)));
    await answer(request.post(analysisPaths.start(created.id), { data: { resolution } }));
    await expect
      .poll(async () => (await this.stored(created.id)).state, { timeout: 90_000, intervals: [100] })
      .toBe('done');
    this.id = created.id;
    this.size = (await this.stored()).source ?? this.size;
    await this.page.goto(`/analyses/${created.id}`);
    await this.settled();
  }

  /** Opens the result of another page in this page. */
  async visit(other: ResultPanels) {
    this.id = other.id;
    this.size = other.size;
    await this.page.goto(`/analyses/${other.id}`);
    await this.settled();
  }

  /** The analysis as the server has it. */
  stored(id = this.id): Promise<Analysis> {
    // The server may close a connection that rested just as it is used again.
    return answer(this.page.request.get(analysisPaths.one(id), { maxRetries: 2 }));
  }

  /** Opens a tab of the sheet. Does nothing for a rail, which shows everything. */
  async show(tab: Tab) {
    if (await this.sheet.isVisible()) await this.sheet.getByRole('tab', { name: tab, exact: true }).click();
  }

  /** Waits until the numbers belong to the present thresholds. */
  async settled() {
    await expect(this.score).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
  }

  slider(name: string): Locator {
    return this.page.getByRole('slider', { name, exact: true });
  }

  async numbers() {
    await this.settled();
    const of = async (id: string) => Number.parseFloat((await this.page.getByTestId(id).textContent()) ?? '');
    return { total: await of('num-total'), positive: await of('num-pos'), percent: await of('percent-pos') };
  }

  /** Saves the shown result, and waits until the server has written it. */
  async update(): Promise<Analysis> {
    const before = (await this.stored()).result?.revision ?? 0;
    await this.updateButton.click();
    await expect
      .poll(async () => (await this.stored()).result?.revision, { timeout: 60_000, intervals: [100] })
      .toBe(before + 1);
    await expect(this.updateState).toHaveAttribute('data-state', 'saved');
    return this.stored();
  }

  /** The screen position of a place in the image, while the whole image is shown. */
  async onScreen(x: number, y: number) {
    const box = await this.picture.boundingBox();
    if (!box) throw new Error('there is no picture');
    const scale = Math.min(box.width / this.size.width, box.height / this.size.height);
    return {
      x: box.x + box.width / 2 + (x - this.size.width / 2) * scale,
      y: box.y + box.height / 2 + (y - this.size.height / 2) * scale,
    };
  }

  async press(x: number, y: number) {
    const place = await this.onScreen(x, y);
    await this.page.mouse.click(place.x, place.y);
  }

  async drag(from: readonly [number, number], to: readonly [number, number]) {
    const [start, end] = [await this.onScreen(...from), await this.onScreen(...to)];
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    await this.page.mouse.move(end.x, end.y, { steps: 8 });
    await this.page.mouse.up();
  }

  /** Presses a button, and returns the bytes of the file that it downloads. */
  async save(button: string): Promise<{ name: string; bytes: Buffer }> {
    const waiting = this.page.waitForEvent('download', { timeout: 60_000 });
    await this.page.getByRole('button', { name: button, exact: true }).click();
    const download = await waiting;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  }
}

async function answer(asked: ReturnType<APIRequestContext['get']>): Promise<Analysis> {
  const response = await asked;
  expect(response.ok(), (await response.text()).slice(0, 300)).toBe(true);
  return Analysis.parse(await response.json());
}
