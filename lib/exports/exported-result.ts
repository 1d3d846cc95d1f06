import type { AnalysisResult, ScoringParameters } from '@/lib/contracts/analysis';
import type { StatedSummary } from '@/lib/exchange/score-summary';

/** What files state of a result, besides its nuclei. */
export type ExportedResult = {
  /** What its user calls it; null where nothing was typed, and on the server, which never learns it. */
  label: string | null;
  /** Name of the sample; null for an upload. The server does not know names of uploads. */
  sample: string | null;
  createdAt: string;
  width: number;
  height: number;
  result: Pick<
    AnalysisResult,
    'revision' | 'scoring' | 'percent_pos_interval' | 'corrections' | 'provenance' | 'warnings'
  >;
  /** Complete: no parameter is left to the model or the default. */
  parameters: ScoringParameters;
  summary: StatedSummary;
};
