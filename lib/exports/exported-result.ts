import type { AnalysisResult, ScoringParameters } from '@/lib/contracts/analysis';
import type { StatedSummary } from '@/lib/exchange/score-summary';

/** A result as the files tell it. */
export type ExportedResult = {
  /** Of a shipped sample; null for an upload, whose name the server never learns. */
  sample: string | null;
  createdAt: string;
  width: number;
  height: number;
  result: Pick<
    AnalysisResult,
    'revision' | 'scoring' | 'percent_pos_interval' | 'corrections' | 'provenance' | 'warnings'
  >;
  /** Nothing is left to the model or the default. */
  parameters: ScoringParameters;
  summary: StatedSummary;
};
