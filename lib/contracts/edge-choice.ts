import { z } from 'zod';
import { flag, publishedFlag } from './text-options';

const TEXT = 'Do not count nuclei that touch the edge of the picture, of which a part may lie outside.';

/** Whether nuclei at the edge of the picture count, as text. */
export const edgeOptions = { exclude_on_edges: flag.default(false).meta(publishedFlag(TEXT)) };

/** The same in JSON. */
export const edgeFields = {
  exclude_on_edges: z
    .boolean()
    .optional()
    .meta({ description: `${TEXT} Default: false, they count` }),
};

/** What an answer says of them. */
export const edgeAnswer = {
  exclude_on_edges: z.boolean().optional().meta({
    description: 'Whether nuclei that touch the edge of the picture are left out; absent from earlier versions',
  }),
  num_on_edges: z.int().min(0).optional().meta({
    description: 'Nuclei that touch the edge and would count otherwise; among `num_total` unless they are left out',
  }),
};

/** As a sentence for a report; null where a result of an earlier version says nothing. */
export function edgeText({
  exclude_on_edges: areExcluded,
  num_on_edges: count,
}: {
  exclude_on_edges?: boolean | undefined;
  num_on_edges?: number | undefined;
}): string | null {
  if (areExcluded === undefined || count === undefined) return null;
  const nuclei = `${count} ${count === 1 ? 'nucleus touches' : 'nuclei touch'} the edge of the picture`;
  return `${nuclei} and ${count === 1 ? 'is' : 'are'} ${areExcluded ? 'not counted' : 'counted'}`;
}
