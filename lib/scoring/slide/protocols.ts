import { roundToTenth } from '@/lib/imaging/rounding';
import { type HotSpots, slideHotSpots } from './hot-spots';
import { type CountedZone, type GradedSlide, numbersOfZone, type SlideTable } from './score-slide';
import type { ZoneNumbers } from './zone-numbers';
import type { Zone } from './zones';

/** Ways of stating Ki67 of a slide, as published. `help` and `sources` are shown beside the number. */
export const PROTOCOLS = {
  global: {
    name: 'Global index',
    help: 'All nuclei of the tumour regions count once, or of the tissue where no tumour is marked. Hot spots are part of it.',
    sources: ['Dowsett et al. 2011, J Natl Cancer Inst 103:1656, doi:10.1093/jnci/djr393'],
  },
  hotSpot: {
    name: 'Hot spot',
    help: 'The field with the highest index. Its size is stated, since no size is agreed on. Single hot spots reproduce less well than the whole: look at several.',
    sources: [
      'Chung et al. 2016, J Pathol Transl Med 50:129, doi:10.4132/jptm.2015.12.24',
      'Leung et al. 2019, Histopathology 75:225, doi:10.1111/his.13880',
    ],
  },
  ikwgWeighted: {
    name: 'IKWG global, weighted',
    help:
      'International Ki67 in Breast Cancer Working Group: the tumour is divided into areas of negligible, low, medium and high Ki67, and their indices are weighted by their areas. ' +
      'The published protocol counts 100 nuclei in each of four fields; Restain counts all nuclei of each area.',
    sources: [
      'Nielsen et al. 2021, J Natl Cancer Inst 113:808, doi:10.1093/jnci/djaa201',
      'Leung et al. 2016, NPJ Breast Cancer 2:16014, doi:10.1038/npjbcancer.2016.14',
    ],
  },
  ikwgUnweighted: {
    name: 'IKWG global, unweighted',
    help:
      'International Ki67 in Breast Cancer Working Group: the mean of four fields that represent the areas of negligible, low, medium and high Ki67. ' +
      'The published protocol counts 100 nuclei in each field. Restain takes the index of all nuclei of an area for each of its fields, and shares four fields out as evenly as it can, larger areas first.',
    sources: [
      'Nielsen et al. 2021, J Natl Cancer Inst 113:808, doi:10.1093/jnci/djaa201',
      'Leung et al. 2016, NPJ Breast Cancer 2:16014, doi:10.1038/npjbcancer.2016.14',
    ],
  },
  neuroendocrine: {
    name: 'Neuroendocrine hot spot',
    help:
      'The hottest field of at least 500 nuclei, beside the cut points of the WHO for the digestive system: below 3 %, 3 to 20 %, above 20 %. ' +
      'Where no field of up to 2 mm² holds 500 nuclei, Restain takes the hottest one of 2 mm². ' +
      'It is a scale and no diagnosis: a grade also takes mitoses per 2 mm² and differentiation, and only tumour cells may be counted, where Restain counts all nuclei.',
    sources: [
      'WHO Classification of Tumours Editorial Board 2019, Digestive System Tumours, 5th edition, IARC',
      'Nagtegaal et al. 2020, Histopathology 76:182, doi:10.1111/his.13975',
    ],
  },
} as const satisfies Record<string, { name: string; help: string; sources: readonly string[] }>;

export type ProtocolName = keyof typeof PROTOCOLS;

/** How much Ki67 an area has, against the rest of the same tumour. */
export const RATINGS = ['negligible', 'low', 'medium', 'high'] as const;
export type Rating = (typeof RATINGS)[number];

/** Areas of one rating together. */
export type RatedNumbers = {
  readonly rating: Rating;
  readonly numbers: ZoneNumbers;
  /** Of the area of all rated areas with nuclei: 0 to 1. */
  readonly share: number;
  /** Of four. */
  readonly fields: number;
};

export type GlobalScores = {
  /** With nuclei, from negligible to high. */
  readonly areas: readonly RatedNumbers[];
  /** Rated, but without any counted nucleus: left out of both numbers. */
  readonly empty: readonly Rating[];
  /** In %, to one decimal; null without any rated nucleus. */
  readonly weighted: number | null;
  readonly unweighted: number | null;
};

const FIELDS = 4;

/**
 * Both numbers of the International Ki67 in Breast Cancer Working Group.
 *
 * @param rated - each rating once, with the nuclei and the area of all its areas together.
 */
export function globalScores(
  graded: GradedSlide,
  rated: readonly { readonly rating: Rating; readonly counted: CountedZone }[],
): GlobalScores {
  const all = RATINGS.flatMap((rating) => rated.filter((area) => area.rating === rating)).map(
    ({ rating, counted }) => ({
      rating,
      numbers: numbersOfZone(graded, counted),
    }),
  );
  const full = all.filter(({ numbers }) => numbers.total > 0);
  const empty = all.filter(({ numbers }) => numbers.total === 0).map(({ rating }) => rating);
  const area = full.reduce((sum, { numbers }) => sum + numbers.areaMm2, 0);
  const fields = shareFields(full.map(({ numbers }) => numbers.areaMm2));
  const areas = full.map((one, i) => ({ ...one, share: area > 0 ? one.numbers.areaMm2 / area : 0, fields: fields[i] }));
  const percent = ({ numbers }: { numbers: ZoneNumbers }) => (100 * numbers.positive) / numbers.total;
  const mean = (weight: (one: RatedNumbers) => number) =>
    areas.length === 0 ? null : roundToTenth(areas.reduce((sum, one) => sum + weight(one) * percent(one), 0));
  return { areas, empty, weighted: mean(({ share }) => share), unweighted: mean((one) => one.fields / FIELDS) };
}

/** Four fields among ratings: each as many, and those that are left to the largest areas. */
function shareFields(areas: readonly number[]): number[] {
  const fields = areas.map(() => Math.floor(FIELDS / areas.length));
  const largest = areas.map((_, i) => i).sort((a, b) => areas[b] - areas[a]);
  for (let left = areas.length > 0 ? FIELDS % areas.length : 0, n = 0; n < left; n++) fields[largest[n]]++;
  return fields;
}

/** The WHO's cut points for neuroendocrine tumours, in %: below 3, 3 to 20, above 20. */
export const NEUROENDOCRINE_SCALE = ['< 3 %', '3 to 20 %', '> 20 %'] as const;
const FIELD_NUCLEI = 500;
const FIELD_MM2 = 2;

export type NeuroendocrineScore = {
  /** The hottest first; the first one is the score. */
  readonly hotSpots: HotSpots;
  /** Place on the scale; null without any nucleus. By the counts, not by the rounded percentage. */
  readonly step: 0 | 1 | 2 | null;
  /** Whether the field holds the 500 nuclei that the protocol asks for. */
  readonly hasEnoughNuclei: boolean;
};

export function neuroendocrineScore(
  table: SlideTable,
  graded: GradedSlide,
  zone: { readonly outline: Zone; readonly counted: CountedZone },
): NeuroendocrineScore {
  const full = slideHotSpots(table, graded, zone, { nuclei: FIELD_NUCLEI });
  const hotSpots = full.spots.length > 0 ? full : slideHotSpots(table, graded, zone, { mm2: FIELD_MM2 });
  const numbers = hotSpots.spots[0]?.numbers;
  return {
    hotSpots,
    step: numbers === undefined ? null : neuroendocrineStep(numbers),
    hasEnoughNuclei: numbers !== undefined && numbers.total >= FIELD_NUCLEI,
  };
}

function neuroendocrineStep({ positive, total }: ZoneNumbers): 0 | 1 | 2 | null {
  if (total === 0) return null;
  return 100 * positive < 3 * total ? 0 : 100 * positive <= 20 * total ? 1 : 2;
}
