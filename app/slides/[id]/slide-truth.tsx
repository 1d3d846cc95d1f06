import type { ReactNode } from 'react';
import { useAnnotations } from '@/app/_annotate/annotation-context';
import { t } from '@/app/_text/t';
import { coreAddress } from '@/lib/contracts/annotation';
import { writePlace } from '@/lib/contracts/place';
import { wholeText } from '@/lib/contracts/whole-text';
import { findSlideSample } from '@/lib/samples';
import { useScoring } from './_scoring/scoring-context';
import { type ComparedPart, type Counts, compareWithTruth } from './true-and-measured';

type SlideTruthProps = {
  /** `slide.sample`. Nothing is shown for an upload, where it is null. */
  sample: string | null;
};

/** Zoom at which a hot spot or a core fills about half of the view. */
const PLACE_ZOOM = 0.25;

/** What is true of a sample slide, which our simulator drew, beside what is measured on it. */
export function SlideTruth({ sample: name }: SlideTruthProps) {
  const numbers = useScoring((state) => state.numbers);
  // The true one has 0.2 mm²: fields of another size are not compared with it.
  const spots = useScoring(({ hotSpots }) => (isTrueSize(hotSpots?.size) ? (hotSpots?.spots ?? null) : null));
  const annotations = useAnnotations((state) => state.annotations);
  const sample = findSlideSample(name);
  if (!sample) return null;
  const cell = 'sm:whitespace-nowrap py-0.5 pr-3 align-top';
  return (
    <section
      aria-labelledby="slide-truth"
      data-testid="slide-truth"
      className="border-hematoxylin border-l-3 pl-3 text-sm"
    >
      <h2 id="slide-truth" className="font-medium">
        {t('True values')}
      </h2>
      <p className="text-pretty text-muted">
        {t('Our simulator drew this slide, so its true values are known. Percentages are of positive nuclei.')}
      </p>
      <table className="wrap-anywhere mt-1 text-left">
        <thead className="text-muted text-xs">
          <tr>
            <th scope="col" className={`${cell} font-normal`}>
              {t('Part')}
            </th>
            <th scope="col" className={`${cell} font-normal`}>
              {t('True')}
            </th>
            <th scope="col" className={`${cell} font-normal`}>
              {t('Measured')}
            </th>
          </tr>
        </thead>
        <tbody>
          {compareWithTruth(sample, { numbers, spots, annotations }).map((part) => (
            <tr key={nameOf(part)} data-testid="truth-row">
              <th scope="row" className={`${cell} font-normal text-muted`}>
                {part.place ? <Jump name={nameOf(part)} to={part.place} /> : nameOf(part)}
              </th>
              <td className={cell}>{countsText(part.truth)}</td>
              <td className="text-pretty py-0.5 align-top">
                <Measured part={part} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The area in which the simulator knows its hot spot. */
const TRUE_MM2 = 0.2;
const isTrueSize = (size: object | undefined) => size !== undefined && 'mm2' in size && size.mm2 === TRUE_MM2;

function nameOf({ what }: ComparedPart): string {
  if (what === 'slide') return t('Slide');
  if (what === 'tumour') return t('Tumour nests');
  return what === 'hot-spot' ? t('Hot spot') : t('Core {address}', { address: coreAddress(what) });
}

const countsText = ({ percentPositive, total }: Counts) =>
  t('{percent} % of {total}', { percent: percentPositive.toFixed(1), total: wholeText(total) });

function Measured({ part: { what, measured, away } }: { part: ComparedPart }): ReactNode {
  if (measured)
    return (
      <>
        {countsText(measured)}
        {away !== null && (
          <span className="block text-muted text-xs">
            {t('hottest field, {distance} µm from the true middle', { distance: Math.round(away) })}
          </span>
        )}
      </>
    );
  const missing =
    what === 'tumour'
      ? t('no tumour drawn and scored')
      : what === 'hot-spot'
        ? t('not looked for in 0.2 mm²')
        : t('not scored');
  return <span className="text-muted">{missing}</span>;
}

/** The viewer goes to the place of its address when the page opens. */
function Jump({ name, to }: { name: string; to: { x: number; y: number } }) {
  return (
    <a href={writePlace({ ...to, zoom: PLACE_ZOOM })} className="text-hematoxylin underline underline-offset-3">
      {name}
    </a>
  );
}
