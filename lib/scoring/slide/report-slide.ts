import { hasTumourIndex } from '@/lib/scoring/classify/kinds';
import { type TaughtClassifier, UNTAUGHT } from '@/lib/scoring/classify/teach-picture';
import type { PointCorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import type { Gates } from '@/lib/scoring/gate/gate-nuclei';
import type { SlideCorrection } from './correct-nuclei';
import { HOT_SPOT_SIZES, type HotSpots, slideHotSpots } from './hot-spots';
import { type GlobalScores, globalScores, neuroendocrineScore, RATINGS, type Rating } from './protocols';
import { numbersOfZone, type SlideFacts, type SlideSettings, SlideTable } from './score-slide';
import { teachSlide } from './slide-kinds';
import type { SlideNuclei } from './slide-nuclei';
import type { ZoneNumbers } from './zone-numbers';
import { hasTumour, type MarkedArea, mainZone, zoneOfArea, zoneOfClass, zoneOfSlide } from './zones';

/** A region that somebody drew, as far as numbers need it. */
export type ReportedArea = MarkedArea & { readonly rating: Rating | null };

/** All numbers of a slide at one moment. */
export type SlideReport = {
  readonly gates: Gates;
  readonly applied: PointCorrectionCounts;
  /** What was taught, on the slide and before; null where nothing was. */
  readonly taught: TaughtClassifier | null;
  readonly slide: ZoneNumbers;
  /** Of all tumour regions together; null where there is none. */
  readonly tumour: ZoneNumbers | null;
  /** Of each area, in their order. */
  readonly areas: readonly ZoneNumbers[];
  /** In the tumour regions, or in the whole slide where there is none. */
  readonly hotSpots: readonly HotSpots[];
  readonly global: GlobalScores;
  /** Place on the scale of the WHO, see `neuroendocrineScore`. */
  readonly neuroendocrine: { readonly step: 0 | 1 | 2 | null; readonly hasEnoughNuclei: boolean };
};

/** Makes all numbers of a slide, for a program that asks once. */
export function reportSlide(
  found: SlideNuclei,
  facts: SlideFacts,
  areas: readonly ReportedArea[],
  settings: SlideSettings & { readonly corrections: readonly SlideCorrection[] },
): SlideReport {
  const table = new SlideTable(found, facts, settings.corrections);
  const { marker = null, teaching = UNTAUGHT } = settings;
  if (hasTumourIndex(marker)) table.tell(teachSlide(found, facts, teaching, table.examplesOf(teaching.clicks).kinds));
  const graded = table.grade(settings);
  const outline = mainZone(areas, facts);
  const zone = { outline, counted: table.count(outline) };
  const main = numbersOfZone(graded, zone.counted);
  const rated = RATINGS.flatMap((rating) => {
    const include = areas.filter((area) => area.rating === rating).flatMap(({ polygons }) => polygons);
    if (include.length === 0) return [];
    return [{ rating, counted: table.count({ ...zoneOfClass('', areas), include }) }];
  });
  const { step, hasEnoughNuclei } = neuroendocrineScore(table, graded, zone);
  return {
    gates: graded.gates,
    applied: graded.applied,
    taught: graded.taught,
    slide: hasTumour(areas) ? numbersOfZone(graded, table.count(zoneOfSlide(areas, facts))) : main,
    tumour: hasTumour(areas) ? main : null,
    areas: areas.map((area) => numbersOfZone(graded, table.count(zoneOfArea(area, areas)))),
    hotSpots: HOT_SPOT_SIZES.map((size) => slideHotSpots(table, graded, zone, size)),
    global: globalScores(graded, rated),
    neuroendocrine: { step, hasEnoughNuclei },
  };
}
