import { type APIRequestContext, type APIResponse, expect, type Locator, type Page } from '@playwright/test';
import { Analysis, analysisPaths, type StartAnalysis, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';

/** A part of the canvas, in shares of its width and height. */
type Part = { left?: number; top?: number; right?: number; bottom?: number };

async function analysisOf(response: APIResponse): Promise<Analysis> {
  expect(response.ok(), (await response.text()).slice(0, 400)).toBe(true);
  return Analysis.parse(await response.json());
}

/** Uploads an image over the API, and starts its analysis. */
export async function startAnalysis(
  request: APIRequestContext,
  image: Buffer,
  data: StartAnalysis = { resolution: '40x' },
): Promise<Analysis> {
  const headers = { [TERMS_HEADER]: TERMS_VERSION };
  const body = { bytes: image.length, type: 'image/png' };
  const { id, upload } = await analysisOf(await request.post(analysisPaths.create, { headers, data: body }));
  for (const part of upload?.missing ?? []) {
    const bytes = image.subarray(part.offset, part.offset + part.bytes);
    expect((await request.put(part.url, { headers: part.headers, data: bytes })).ok()).toBe(true);
  }
  await analysisOf(await request.post(analysisPaths.verify(id)));
  return analysisOf(await request.post(analysisPaths.start(id), { data }));
}

/** The page of an analysis as its user sees it: by role and name. */
export class AnalysisPage {
  readonly page: Page;
  readonly image: Locator;
  readonly total: Locator;
  readonly positive: Locator;
  readonly probe: Locator;

  constructor(page: Page) {
    this.page = page;
    this.image = page.locator('canvas[aria-label="Image view"]');
    this.total = page.getByTestId('num-total');
    this.positive = page.getByTestId('num-pos');
    this.probe = page.getByTestId('probe');
  }

  async open(id: string, search = '') {
    await this.page.goto(`/analyses/${id}${search}`);
  }

  /** Waits until pictures, preview and outlines are shown. */
  async ready() {
    await expect(this.image).toBeVisible({ timeout: 60_000 });
    await expect(this.page.getByText(/Unpacking the picture|Preparing the live preview/)).toBeHidden({
      timeout: 60_000,
    });
  }

  async show(view: 'Original' | 'Inferred' | 'Side by side' | 'Swipe') {
    await this.page.getByRole('radio', { name: view, exact: true }).click();
  }

  /** The mean colour of a part of the canvas. */
  colour({ left = 0, top = 0, right = 1, bottom = 1 }: Part = {}): Promise<[red: number, green: number, blue: number]> {
    return this.image.evaluate(
      (canvas: HTMLCanvasElement, [x0, y0, x1, y1]) => {
        const { width, height } = canvas;
        const [x, y] = [Math.round(x0 * width), Math.round(y0 * height)];
        const [w, h] = [Math.max(1, Math.round((x1 - x0) * width)), Math.max(1, Math.round((y1 - y0) * height))];
        const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(x, y, w, h);
        const sums = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4)
          for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + (data[i + c] ?? 0);
        return sums.map((sum) => Math.round((40 * sum) / (w * h)) / 40) as [number, number, number];
      },
      [left, top, right, bottom] as const,
    );
  }

  /** The screen position of a place in a square image, while the whole image is shown. */
  async placeOf(x: number, y: number, side: number): Promise<{ x: number; y: number }> {
    const box = await this.image.boundingBox();
    if (!box) throw new Error('The picture is not on the screen.');
    const scale = Math.min(box.width, box.height) / side;
    return {
      x: box.x + (box.width - side * scale) / 2 + x * scale,
      y: box.y + (box.height - side * scale) / 2 + y * scale,
    };
  }
}
