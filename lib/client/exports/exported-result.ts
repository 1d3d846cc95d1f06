import type { AnalysisResult, Region, ScoringParameters } from '@/lib/contracts/analysis';
import type { ExportedNucleus } from '@/lib/exchange/nuclei';
import type { StatedSummary } from '@/lib/exchange/score-summary';

/** A result as the files tell it: the server's numbers, and the nuclei that they count. */
export type ExportedResult = {
  /** Of a shipped sample; null for an upload, whose name the server never learns. */
  sample: string | null;
  createdAt: string;
  width: number;
  height: number;
  micronsPerPixel: number;
  result: Pick<
    AnalysisResult,
    'revision' | 'scoring' | 'percent_pos_interval' | 'corrections' | 'provenance' | 'warnings'
  >;
  parameters: ScoringParameters;
  regions: readonly Region[];
  summary: StatedSummary;
  nuclei: readonly ExportedNucleus[];
};
