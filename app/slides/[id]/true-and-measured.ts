import type { Annotation } from '@/lib/contracts/annotation';
import type { SlideSample } from '@/lib/samples';

/** Nuclei of a part of a slide. */
export type Counts = { readonly total: number; readonly percentPositive: number };

/** Where a hottest field was found. In pixels of the slide. */
type Spot = { readonly numbers: Counts; readonly polygon: Annotation['polygons'][number] };

/** A part of a drawn slide: what is true of it, and what was measured; null while it is not scored as a whole. */
export type ComparedPart = {
  readonly what: 'slide' | 'tumour' | 'hot-spot' | { readonly row: number; readonly column: number };
  readonly truth: Counts;
  readonly measured: Counts | null;
  /** The middle of a hot spot or core. */
  readonly place: { readonly x: number; readonly y: number } | null;
  /** µm between the true place and the one that was found, of a hot spot. */
  readonly away: number | null;
};

/** `isComplete`: all of the part is scored. */
type Part = Counts & { readonly isComplete: boolean };

type Measured = {
  numbers: { slide: Part; tumour: Part | null; areas: ReadonlyMap<string, Part> } | null;
  spots: readonly Spot[] | null;
  annotations: readonly Pick<Annotation, 'id' | 'core'>[];
};

/** Sets what was measured on a drawn slide beside what is true of it. Cores are matched by their addresses. */
export function compareWithTruth(sample: SlideSample, { numbers, spots, annotations }: Measured): ComparedPart[] {
  const { hotSpot, cores } = sample;
  const hottest = spots?.[0];
  const ofCore = ({ row, column }: { row: number; column: number }) => {
    const found = annotations.find(({ core }) => core?.row === row && core.column === column);
    return whole(found && numbers?.areas.get(found.id));
  };
  const parts: ComparedPart[] = [
    { what: 'slide', truth: sample.slide, measured: whole(numbers?.slide), place: null, away: null },
    { what: 'tumour', truth: sample.tumour, measured: whole(numbers?.tumour), place: null, away: null },
  ];
  if (hotSpot)
    parts.push({
      ...{ what: 'hot-spot', truth: hotSpot, measured: hottest?.numbers ?? null, place: hotSpot },
      away: hottest ? distanceTo(hotSpot, hottest.polygon) * sample.micronsPerPixel : null,
    });
  for (const core of cores)
    parts.push({
      ...{ what: { row: core.row, column: core.column }, truth: core, measured: ofCore(core), place: core, away: null },
    });
  return parts;
}

const whole = (numbers: Part | null | undefined): Counts | null =>
  numbers?.isComplete && numbers.total > 0 ? numbers : null;

function distanceTo(to: { x: number; y: number }, [ring = []]: Spot['polygon']): number {
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  return Math.hypot(middle(ring.map(([x]) => x)) - to.x, middle(ring.map(([, y]) => y)) - to.y);
}
