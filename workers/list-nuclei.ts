import { describeNuclei, type ExportedNucleus } from '@/lib/exchange/nuclei';
import { nucleusFeatures, surroundingsOf } from '@/lib/scoring/classify/nucleus-features';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import type { ScoredNuclei } from '@/lib/scoring/score-image';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';

/** The nuclei that a score counts, in the form of answers and files. */
export function listNuclei(
  { nuclei, counted, kinds, membranes }: ScoredNuclei,
  grading: { micronsPerPixel: number; intensity: IntensityThresholds },
  hasFeatures = false,
): ExportedNucleus[] {
  const table = nuclei.table();
  const { labelMap } = table;
  const pixels = { pieces: [runsOfLabels(labelMap)], width: labelMap.width };
  return describeNuclei(
    table,
    pixels,
    { counted: counted.kept, positive: counted.positive, kinds, membranes },
    grading,
    hasFeatures ? nucleusFeatures(surroundingsOf(table, { ...labelMap, ...grading })).features : null,
  );
}
