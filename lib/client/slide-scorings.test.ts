import { afterEach, expect, it, vi } from 'vitest';
import { NUCLEI_HEADERS } from '@/lib/contracts/slide-scoring';
import { readNuclei, splitCells } from './slide-scorings';

const plan = {
  grid: { side: 3584, columns: 2, rows: 1 },
  microns_per_pixel: 0.25,
  glass: 'Ag==',
  defaults: {
    ...{ algorithm: 'watershed', prob_thresh: 97, size_thresh: 'auto' },
    ...{ size_thresh_upper: 'none', marker_thresh: 'none' },
  },
};
const headers = {
  [NUCLEI_HEADERS.key]: 'key-1',
  [NUCLEI_HEADERS.cursor]: 'key-1.AQ',
  [NUCLEI_HEADERS.plan]: JSON.stringify(plan),
};
/** Two files, of 3 and of 0 bytes. */
const body = Uint8Array.of(3, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0);

function answer(response: () => Response): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return response();
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it('reads the files of cells, each after its length', async () => {
  const asked = answer(() => new Response(body, { headers }));
  const read = await readNuclei('slide-1', null);
  expect(read).toMatchObject({ key: 'key-1', cursor: 'key-1.AQ', plan });
  expect(read.cells.map((cell) => [...cell])).toEqual([[7, 8, 9], []]);
  await readNuclei('slide-1', read.cursor);
  expect(asked).toEqual(['/api/slides/slide-1/nuclei', '/api/slides/slide-1/nuclei?after=key-1.AQ']);
});

it.each([
  ['in a file', body.subarray(0, 5)],
  ['in a length', body.subarray(0, 9)],
])('refuses an answer that breaks off %s', (_, cut) => {
  expect(() => splitCells(cut)).toThrow(/broke off after \d bytes/);
});

it('does not count by what it does not understand, and says what the server said', async () => {
  answer(() => new Response(body, { headers: { ...headers, [NUCLEI_HEADERS.plan]: '{}' } }));
  await expect(readNuclei('slide-1', null)).rejects.toMatchObject({ code: 'internal' });
  const problem = {
    type: 'about:blank',
    title: 'Not now',
    status: 409,
    code: 'wrong_state',
    detail: 'State the pixel size.',
  };
  answer(() => Response.json({ ...problem, instance: 'req-1' }, { status: 409 }));
  await expect(readNuclei('slide-1', null)).rejects.toMatchObject({
    code: 'wrong_state',
    detail: 'State the pixel size.',
  });
});
