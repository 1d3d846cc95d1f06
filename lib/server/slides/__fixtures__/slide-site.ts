import { POST as addAnnotations, GET as readAnnotations, PUT as saveAnnotations } from '@/app/api/slides/[id]/annotations/route';
import { POST as cancel } from '@/app/api/slides/[id]/cancel/route';
import { POST as ingest } from '@/app/api/slides/[id]/ingest/route';
import { PUT as keep } from '@/app/api/slides/[id]/retention/route';
import { GET as read, DELETE as remove } from '@/app/api/slides/[id]/route';
import { GET as upload } from '@/app/api/slides/[id]/upload/route';
import { POST as create } from '@/app/api/slides/route';
import { TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Slide } from '@/lib/contracts/slide';
import { follow } from '@/lib/server/analyses/__fixtures__/site';
import { getStorage } from '@/lib/server/storage';

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

function call(handler: unknown, method: string, id: string | null, body?: unknown, query = ''): Promise<Response> {
  const request = new Request(`http://localhost/?${query}`, {
    method,
    headers: { 'Content-Type': 'application/json', [TERMS_HEADER]: TERMS_VERSION },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (handler as Handler)(request, { params: Promise.resolve({ id } as never) });
}

/** With a file as the body. */
function post(handler: unknown, id: string, query: string, file: string | Uint8Array, type: string): Promise<Response> {
  const init = { method: 'POST', headers: { 'Content-Type': type }, body: file as BodyInit };
  const request = new Request(`http://localhost/?${query}`, init);
  return (handler as Handler)(request, { params: Promise.resolve({ id } as never) });
}

/** The endpoints. */
export const slides = {
  create: (body: unknown) => call(create, 'POST', null, body),
  read: (id: string) => call(read, 'GET', id),
  upload: (id: string) => call(upload, 'GET', id),
  ingest: (id: string, body: unknown = {}) => call(ingest, 'POST', id, body),
  cancel: (id: string) => call(cancel, 'POST', id),
  keep: (id: string, hours: number) => call(keep, 'PUT', id, { hours }),
  annotations: (id: string, query = '') => call(readAnnotations, 'GET', id, undefined, query),
  annotate: (id: string, body: unknown) => call(saveAnnotations, 'PUT', id, body),
  addAnnotations: (id: string, file: string | Uint8Array, type: string, query = '') =>
    post(addAnnotations, id, query, file, type),
  remove: (id: string) => call(remove, 'DELETE', id),
};

export async function slideOf(response: Response | Promise<Response>): Promise<Slide> {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return Slide.parse(await answer.json());
}

/** Sends a file. It is not taken in yet. */
export async function sendSlide(bytes: Buffer): Promise<Slide> {
  const created = await slideOf(slides.create({ bytes: bytes.byteLength }));
  for (const { url, headers, offset, bytes: length } of created.upload?.missing ?? []) {
    const body = bytes.subarray(offset, offset + length) as unknown as BodyInit;
    const answer = await follow(url, { method: 'PUT', body, headers });
    if (answer.status !== 200) throw new Error(`part refused: ${answer.status} ${await answer.text()}`);
  }
  return created;
}

/** Waits for one of these states; what fails instead, fails here. */
export async function slideUntil(id: string, ...states: Slide['state'][]): Promise<Slide> {
  for (;;) {
    const slide = await slideOf(slides.read(id));
    if (states.includes(slide.state)) return slide;
    if (['failed', 'cancelled'].includes(slide.state)) throw new Error(JSON.stringify(slide.problem ?? slide.state));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Keys of all that is stored of slides, but for the parts of the analyses. */
export async function keysOfSlides(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of getStorage().list('slides/')) keys.push(key);
  return keys.sort();
}
