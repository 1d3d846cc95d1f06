import type { AnalysisResult, Region, ScoringParameters } from '@/lib/contracts/analysis';
import type { AllredScore } from '@/lib/scoring/allred';
import type { IntensityBins, IntensityThresholds } from '@/lib/scoring/h-score';

export const GRADES = ['negative', '1+', '2+', '3+'] as const;
export type Grade = (typeof GRADES)[number];

/** One counted nucleus; image pixels, x to the right, y down, a pixel's centre at its index + 0.5. */
export type ExportedNucleus = {
  id: number;
  x: number;
  y: number;
  isPositive: boolean;
  grade: Grade;
  areaPx: number;
  areaUm2: number;
  markerMax: number;
  markerMean: number;
  odMean: number;
  /** Not closed: the last point joins the first. */
  outline: readonly (readonly [x: number, y: number])[];
};

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
  /** Where nuclei count. */
  areaMm2: number;
  cellsPerMm2: number;
  intensity: { thresholds: IntensityThresholds; bins: IntensityBins; hScore: number; allred: AllredScore };
  nuclei: readonly ExportedNucleus[];
};
