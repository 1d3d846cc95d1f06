import { browserMemory, readTypedLabel } from '@/lib/client/recent';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { stateSummary } from '@/lib/exchange/score-summary';
import type { ExportedResult } from '@/lib/exports/exported-result';
import { toScoringParameters } from '../_preview/parameters';
import type { ResultModel } from '../_result/result-store';

type Shown = Pick<ResultModel, 'analysis' | 'live' | 'parameters' | 'micronsPerPixel'>;

/** What files state of the result as it is shown; null before its numbers are there. */
export function exportedOf({ analysis, live, parameters, micronsPerPixel }: Shown): ExportedResult | null {
  const { result, source } = analysis;
  if (!live || !result || !source) return null;
  const frame = frameOf('image', source, result.provenance.selection);
  return {
    label: readTypedLabel(browserMemory(), analysis.id),
    sample: analysis.sample,
    createdAt: analysis.created_at,
    width: source.width,
    height: source.height,
    result,
    parameters: toScoringParameters(parameters),
    summary: stateSummary(live.numbers.summary, { frame, micronsPerPixel }),
  };
}
