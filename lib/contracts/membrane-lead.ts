import type { StatedMembranes } from '@/lib/exchange/score-summary';
import type { Marker } from '@/lib/scoring/classify/kinds';
import { percentText, wholeText } from './whole-text';

/** What comes first where membranes were measured, in words. */
export type MembraneLead = {
  /** Stands in large, and in the title of the tab: `TPS 36.9 %`. No line breaks within a number. */
  readonly value: string;
  readonly sentence: string;
};

/** Stands beside every one of these numbers. */
export const MEMBRANE_WORDS = 'A measurement, never a diagnosis: checked on simulated fields alone.';

/** Says that a slide was scored before its membranes were to be measured. Counts are of cells of its grid. */
export const unmeasuredSentence = (missing: number, all: number): string =>
  `Membranes were not measured in ${missing === all ? 'what was scored' : `${wholeText(missing)} of ${wholeText(all)} fields that were scored`}: an older version has scored it, or the marker was named later. Score again what was scored: nothing is inferred anew.`;

/** The same words on page, in the title of its tab, and in reports. */
export function membraneLead(membrane: StatedMembranes, marker: Marker | null): MembraneLead {
  if (membrane.tumour.num_total === 0)
    return {
      value: 'No sure tumour cell',
      sentence: 'Membranes are measured of nuclei that are surely of tumour cells. None was found.',
    };
  return marker === 'her2' ? her2Lead(membrane) : stainedLead(membrane, marker);
}

function her2Lead({ tumour, tumour: { num_total: total, complete, incomplete, none } }: StatedMembranes): MembraneLead {
  const percent = (...cells: number[]) => percentText((100 * cells.reduce((sum, n) => sum + n, 0)) / total);
  const { weak, moderate, strong } = complete;
  return {
    value: `${percent(weak, moderate, strong)} complete`,
    sentence: `Membranes of ${cellsText(tumour.num_total)}: ${percent(strong)} complete and strong, ${percent(moderate)} complete and moderate, ${percent(weak)} complete and weak, ${percent(incomplete.weak, incomplete.moderate, incomplete.strong)} incomplete, ${percent(none)} none.`,
  };
}

function stainedLead(membrane: StatedMembranes, marker: Marker | null): MembraneLead {
  const { tps, tps_interval: interval, cps, tumour, immune } = membrane;
  const stained = wholeText(tumour.num_total - tumour.none);
  const others = immune.num_pos_other;
  const about = `${stained} of ${cellsText(tumour.num_total)} have a stained membrane, 95\u00a0% interval ${interval[0].toFixed(1)} to ${percentText(interval[1])}.`;
  if (marker !== 'pdl1' || cps === null) return { value: `${percentText(tps)} stained`, sentence: about };
  const immuneText = `${stained} tumour cells, ${wholeText(immune.num_pos - others)} lymphocytes and ${wholeText(others)} other cells`;
  return {
    value: `TPS\u00a0${percentText(tps)}`,
    sentence: `CPS\u00a0${cps.toFixed(1)}: ${immuneText} stained. ${about}`,
  };
}

const cellsText = (count: number) => `${wholeText(count)} tumour ${count === 1 ? 'cell' : 'cells'}`;
