import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Annotations } from '@/lib/contracts/annotation';
import { Slide, slidePaths } from '@/lib/contracts/slide';
import { expect } from '../fixtures';

type Point = readonly [x: number, y: number];

/** The page of one slide, and the slide behind it. Places are shares of the view's width and height. */
export class SlidePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Sends a slide as a script does. @returns the id of its edit link, once it is ready */
  static async send(page: Page, path: string): Promise<string> {
    const bytes = await readFile(path);
    const headers = { [TERMS_HEADER]: TERMS_VERSION };
    const created = Slide.parse(
      await (await page.request.post(slidePaths.create, { headers, data: { bytes: bytes.length } })).json(),
    );
    for (const { url, headers: own, offset, bytes: length } of created.upload?.missing ?? []) {
      const sent = await page.request.put(url, { headers: own, data: bytes.subarray(offset, offset + length) });
      expect(sent.ok()).toBe(true);
    }
    expect((await page.request.post(slidePaths.ingest(created.id), { data: {} })).status()).toBe(202);
    await expect.poll(async () => (await SlidePage.read(page, created.id)).state, { timeout: 60_000 }).toBe('ready');
    return created.id;
  }

  static async read(page: Page, id: string): Promise<Slide> {
    return Slide.parse(await (await page.request.get(slidePaths.one(id))).json());
  }

  static async annotations(page: Page, id: string): Promise<Annotations> {
    return Annotations.parse(await (await page.request.get(slidePaths.annotations(id))).json());
  }

  async open(id: string, place = ''): Promise<void> {
    await this.page.goto(`/slides/${id}${place}`);
    await expect(this.canvas).toBeVisible();
    await expect(this.tool('Rectangle')).toBeEnabled();
  }

  get canvas() {
    return this.page.getByRole('img', { name: 'Slide view' });
  }
  get view() {
    return this.page.getByRole('group', { name: /^Slide view/ });
  }
  get rows() {
    return this.page.getByRole('list', { name: 'Annotations' }).getByRole('listitem');
  }
  get savingState() {
    return this.page.getByTestId('saving-state');
  }
  tool(name: string) {
    return this.page.getByRole('toolbar', { name: 'Drawing' }).getByRole('button', { name, exact: true });
  }
  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** CSS pixels of the window, of a place in the view. */
  async at([x, y]: Point): Promise<{ x: number; y: number }> {
    const box = await this.canvas.boundingBox();
    if (!box) throw new Error('There is no view.');
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  }

  /** Drags the mouse along a line. */
  async drag(...line: Point[]): Promise<void> {
    for (const [i, point] of line.entries()) {
      const { x, y } = await this.at(point);
      await this.page.mouse.move(x, y, { steps: i === 0 ? 1 : 8 });
      if (i === 0) await this.page.mouse.down();
    }
    await this.page.mouse.up();
  }

  async click(point: Point, modifiers: 'Shift' | null = null): Promise<void> {
    const { x, y } = await this.at(point);
    if (modifiers) await this.page.keyboard.down(modifiers);
    await this.page.mouse.click(x, y);
    if (modifiers) await this.page.keyboard.up(modifiers);
  }

  async tap(point: Point): Promise<void> {
    const { x, y } = await this.at(point);
    await this.page.touchscreen.tap(x, y);
  }

  /** The share of the view at which a pixel of the slide lies while all of it is shown. */
  async placeOf([x, y]: Point, slide: { width: number; height: number }): Promise<Point> {
    const box = await this.canvas.boundingBox();
    if (!box) throw new Error('There is no view.');
    const scale = Math.min(box.width / slide.width, box.height / slide.height);
    return [0.5 + ((x - slide.width / 2) * scale) / box.width, 0.5 + ((y - slide.height / 2) * scale) / box.height];
  }

  /** Draws with one finger along a line. */
  async swipe(...line: Point[]): Promise<void> {
    const client = await this.page.context().newCDPSession(this.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    let before: { x: number; y: number } | null = null;
    for (const point of line) {
      const to = await this.at(point);
      if (!before) await touch('touchStart', [to]);
      const from: { x: number; y: number } = before ?? to;
      for (let step = 1; step <= 8 && before; step++)
        await touch('touchMove', [
          { x: from.x + ((to.x - from.x) * step) / 8, y: from.y + ((to.y - from.y) * step) / 8 },
        ]);
      before = to;
    }
    await touch('touchEnd', []);
    await client.detach();
  }

  /** Waits until all is on the server. */
  async saved(): Promise<void> {
    await expect(this.savingState).toHaveText('Saved');
  }
}
