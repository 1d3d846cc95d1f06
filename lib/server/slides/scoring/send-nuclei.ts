import 'server-only';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { NUCLEI_HEADERS, type NucleiPlan, NucleiQuery } from '@/lib/contracts/slide-scoring';
import { writeThresholds } from '@/lib/contracts/thresholds';
import { AppError } from '@/lib/errors';
import { isMembranous } from '@/lib/scoring/classify/kinds';
import { parseOptions } from '@/lib/server/http/parse-options';
import { bodyOf } from '@/lib/server/results/slices';
import { keysOf } from '@/lib/server/slides/record';
import { openSlideRecord } from '@/lib/server/slides/stored-slide';
import { getStorage } from '@/lib/server/storage';
import { currentPlan } from './current-plan';
import { type FoundCell, listFound } from './found-cells';
import { isAllGlass, readFacts } from './slide-facts';
import type { SlidePlan } from './slide-plan';

/** A cursor of so many files at most is read. */
const MAX_CELLS = 2_000_000;

/**
 * Answers GET of the nuclei that are found by the latest settings: the files of the cells one after the other, each after its
 * length, in the order in which they were finished. With the cursor of an earlier answer only those that came after it.
 *
 * @throws AppError `wrong_state`, `slide_not_found`, `invalid_option`
 */
export async function sendNuclei(request: Request, id: string): Promise<Response> {
  const { options } = parseOptions(NucleiQuery, [...new URL(request.url).searchParams]);
  const access = await openSlideRecord(id);
  const { plan, nucleiKey, settings } = await currentPlan(access);
  const { found } = await listFound(keysOf(access.record.id).nuclei(nucleiKey), plan);
  const known = readCursor(options.after, nucleiKey);
  // Membranes are sent after the nuclei, and count as cells behind the last one of the grid.
  const { columns, rows } = plan.cells;
  const measured = isMembranous(settings.marker)
    ? found.flatMap(({ index, membranes: key }) => (key === null ? [] : [{ index: index + columns * rows, key }]))
    : [];
  const fresh = [...found, ...measured].filter(({ index }) => !known.has(index));
  for (const { index } of fresh) known.add(index);
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store, no-transform',
    [NUCLEI_HEADERS.cursor]: writeCursor(known, nucleiKey),
    [NUCLEI_HEADERS.key]: nucleiKey,
    [NUCLEI_HEADERS.plan]: JSON.stringify(await describePlan(plan, keysOf(access.record.id).facts(plan.mapKey))),
  };
  if (request.method === 'HEAD') return new Response(null, { headers });
  return new Response(bodyOf(filesOf(fresh)), { headers });
}

/** What a reader of the files needs to count as the server does. */
async function describePlan(plan: SlidePlan, factsKey: string): Promise<NucleiPlan> {
  const { cells: grid, micronsPerPixel, model } = plan;
  const facts = await readFacts(factsKey, plan);
  const bits = Buffer.alloc(facts ? Math.ceil((grid.columns * grid.rows) / 8) : 0);
  for (let index = 0; facts && index < grid.columns * grid.rows; index++)
    if (isAllGlass(index, plan, facts)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  return {
    grid,
    microns_per_pixel: micronsPerPixel,
    glass: bits.toString('base64'),
    defaults: writeThresholds({ ...model.manifest.defaults, sizeThreshUpper: null }),
  };
}

async function* filesOf(cells: readonly Pick<FoundCell, 'key'>[]): AsyncGenerator<Uint8Array> {
  for (const { key } of cells) {
    const object = await getStorage().get(key);
    if (!object) throw new AppError('slide_not_found', 'The slide was deleted meanwhile.');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(object.bytes);
    yield length;
    for await (const chunk of object.body) yield chunk as Buffer;
  }
}

/**
 * The cells that a reader has, as one bit each, compressed. What a reader has says more than a time: of two cells the one that
 * was finished first may be seen last.
 */
function writeCursor(cells: ReadonlySet<number>, nucleiKey: string): string {
  const bits = Buffer.alloc(Math.ceil((Math.max(-1, ...cells) + 1) / 8));
  for (const index of cells) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  return `${nucleiKey}.${deflateRawSync(bits).toString('base64url')}`;
}

/** Of other settings it says nothing. @throws AppError `invalid_option` for what is no cursor */
function readCursor(cursor: string | undefined, nucleiKey: string): Set<number> {
  const cells = new Set<number>();
  if (cursor === undefined || cursor === '') return cells;
  const [key, packed = ''] = cursor.split('.');
  if (key !== nucleiKey) return cells;
  let bits: Buffer;
  try {
    bits = inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: MAX_CELLS / 8 });
  } catch (cause) {
    const detail = 'This is not the cursor of an answer.';
    throw new AppError('invalid_option', detail, { cause, fields: [{ pointer: '/after', detail }] });
  }
  for (let index = 0; index < 8 * bits.length; index++)
    if ((((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1) cells.add(index);
  return cells;
}
