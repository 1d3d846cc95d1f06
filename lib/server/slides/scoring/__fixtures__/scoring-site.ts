import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { GET as readNuclei } from '@/app/api/slides/[id]/nuclei/route';
import { GET as readScores } from '@/app/api/slides/[id]/scores/route';
import { POST as cancel } from '@/app/api/slides/[id]/scorings/[scoring]/cancel/route';
import { GET as readOne } from '@/app/api/slides/[id]/scorings/[scoring]/route';
import { GET as list, POST as start } from '@/app/api/slides/[id]/scorings/route';
import { GET as readSettings, PUT as saveSettings } from '@/app/api/slides/[id]/settings/route';
import { NUCLEI_HEADERS, type ScoringScope, SlideScoring } from '@/lib/contracts/slide-scoring';
import { SlideScores } from '@/lib/contracts/slide-scores';
import { type CellMembranes, decodeCells } from '@/lib/exchange/cell-membranes';
import type { CellNuclei } from '@/lib/scoring/slide/slide-nuclei';
import { drawSlide, type Picture, type TileForm } from '@/lib/server/slides/__fixtures__/draw-slide';
import { sendSlide, slides, slideUntil } from '@/lib/server/slides/__fixtures__/slide-site';

/**
 * The fixture network with tiles of 512 pixels instead of 64, so that a slide has few of them.
 *
 * @param names - of the models that are made of it
 * @returns the folder of models
 */
export function largeTiles(names: readonly string[] = ['blobs']): string {
  const folder = mkdtempSync(join(tmpdir(), 'restain-models-'));
  const from = 'workers/__fixtures__/models/blobs';
  const manifest = JSON.parse(readFileSync(join(from, 'model.json'), 'utf8')) as { tile: { size: number } };
  manifest.tile.size = 512;
  for (const name of names) {
    const to = join(folder, name);
    mkdirSync(to);
    copyFileSync(join(from, 'model.onnx'), join(to, 'model.onnx'));
    writeFileSync(join(to, 'model.json'), JSON.stringify({ ...manifest, name }));
  }
  return folder;
}

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

function call(handler: unknown, method: string, params: object, { body, query = '' }: { body?: unknown; query?: string } = {}) {
  const request = new Request(`http://localhost/${query}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (handler as Handler)(request, { params: Promise.resolve(params as never) });
}

/** The endpoints that score a slide. */
export const scorings = {
  start: (id: string, scope: ScoringScope, more: object = {}) => call(start, 'POST', { id }, { body: { scope, ...more } }),
  list: (id: string) => call(list, 'GET', { id }),
  read: (id: string, scoring: string) => call(readOne, 'GET', { id, scoring }),
  cancel: (id: string, scoring: string) => call(cancel, 'POST', { id, scoring }),
  nuclei: (id: string, after?: string) =>
    call(readNuclei, 'GET', { id }, after === undefined ? {} : { query: `?after=${after}` }),
  scores: (id: string) => call(readScores, 'GET', { id }),
  settings: (id: string) => call(readSettings, 'GET', { id }),
  save: (id: string, body: object) => call(saveSettings, 'PUT', { id }, { body }),
};

export async function scoringOf(answer: Response | Promise<Response>): Promise<SlideScoring> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return SlideScoring.parse(await response.json());
}

/** Sends a picture as a slide and waits until it is ready. */
export async function keepPicture(picture: Picture, form: Partial<TileForm> = {}, micronsPerPixel = 1) {
  const { file } = await drawSlide(
    picture,
    { side: 256, colour: 'rgb', sampling: '4:4:4', hasTables: true, ...form },
    { steps: [1], description: `Aperio Image Library v12.0.0\n${picture.width}x${picture.height}|AppMag = 20|MPP = ${micronsPerPixel}` },
  );
  return keepFile(file);
}

/** The same as a PNG, which states no pixel size. */
export async function keepPng({ width, height, pixels }: Picture) {
  return keepFile(await sharp(pixels, { raw: { width, height, channels: 3 } }).png().toBuffer());
}

async function keepFile(file: Buffer) {
  const { id } = await sendSlide(file);
  await slides.ingest(id);
  const slide = await slideUntil(id, 'ready');
  // Without an outline of tissue all of it is scored.
  const { revision } = (await (await slides.annotations(id)).json()) as { revision: number };
  await slides.annotate(id, { base_revision: revision, annotations: [] });
  return slide;
}

export async function scoresOf(id: string): Promise<SlideScores> {
  const response = await scorings.scores(id);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return SlideScores.parse(await response.json());
}

/** Waits until a scoring has ended. */
export async function ended(id: string, { id: scoring }: SlideScoring): Promise<SlideScoring> {
  for (;;) {
    const now = await scoringOf(scorings.read(id, scoring));
    if (now.state !== 'queued' && now.state !== 'running') return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Scores a part of a slide; what does not end well, fails here. */
export async function scored(id: string, scope: ScoringScope, more: object = {}): Promise<SlideScoring> {
  const done = await ended(id, await scoringOf(scorings.start(id, scope, more)));
  if (done.state !== 'done') throw new Error(JSON.stringify(done.problem ?? done.state));
  return done;
}

/** The cells that a reader does not have yet. */
export async function readCells(id: string, after?: string): Promise<{ cells: CellNuclei[]; membranes: CellMembranes[]; cursor: string; key: string }> {
  const answer = await scorings.nuclei(id, after);
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const files: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    files.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return {
    ...decodeCells(files),
    cursor: answer.headers.get(NUCLEI_HEADERS.cursor) ?? '',
    key: answer.headers.get(NUCLEI_HEADERS.key) ?? '',
  };
}
