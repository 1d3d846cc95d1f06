import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { boundsOf, openRings } from '@/lib/annotations/points';
import { wholeText } from '@/lib/contracts/whole-text';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { HOT_SPOT_SIZES, type SlideHotSpot } from '@/lib/scoring/slide/hot-spots';
import { mainZone } from '@/lib/scoring/slide/zones';
import { intervalText, mm2Text, percentText } from './number-texts';
import { useScoring, useScoringActions } from './scoring-context';
import { SMALL_BUTTON } from './small-button';

const sizeName = (size: HotSpotSize): string =>
  'mm2' in size ? `${size.mm2} mm²` : t('{count} nuclei', { count: size.nuclei });

/** The hottest fields: of which size, how they were found, where they are. */
export function HotSpotSection() {
  const size = useScoring((state) => state.hotSpotSize);
  const found = useScoring((state) => state.hotSpots);
  const isSearching = useScoring((state) => state.isSearching);
  const hasNuclei = useScoring((state) => (state.numbers?.nuclei ?? 0) > 0);
  const mayEdit = useAnnotations((state) => state.mayEdit);
  const { setHotSpotSize, findHotSpots } = useScoringActions();
  const areas = useAnnotations((state) => state.annotations);
  const slide = useAnnotations((state) => state.slide);
  const { addFields } = useAnnotationActions();
  return (
    <PanelSection
      title={t('Hot spots')}
      aside={
        mayEdit && found && found.spots.length > 0 ? (
          <button
            type="button"
            className={TEXT_BUTTON}
            onClick={() => {
              const counted = mainZone(areas, { width: slide.x1, height: slide.y1 });
              addFields(found.spots.map(asAnnotation(sizeName(found.size))), counted);
            }}
          >
            {t('Keep as annotations')}
          </button>
        ) : null
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2 text-sm">
          {t('Field')}
          <select
            value={sizeName(size)}
            onChange={(event) => {
              const chosen = HOT_SPOT_SIZES.find((one) => sizeName(one) === event.target.value);
              if (chosen) setHotSpotSize(chosen);
            }}
            className="h-11 rounded-md border border-edge bg-surface px-2 lg:h-9"
          >
            {HOT_SPOT_SIZES.map((one) => (
              <option key={sizeName(one)}>{sizeName(one)}</option>
            ))}
          </select>
        </label>
        <Button
          look="secondary"
          className={SMALL_BUTTON}
          disabled={!hasNuclei || isSearching}
          onClick={() => void findHotSpots()}
        >
          {t('Find hot spots')}
        </Button>
      </div>
      {found && found.spots.length === 0 && (
        <p role="status" className="mt-2 text-pretty text-sm">
          {t('No field of {size} fits in what is scored.', { size: sizeName(found.size) })}
        </p>
      )}
      {found && found.spots.length > 0 && (
        <>
          <ol aria-label={t('Hot spots')} className="mt-2 divide-y divide-line">
            {found.spots.map((spot, i) => (
              <SpotRow key={JSON.stringify(spot.polygon[0]?.[0])} spot={spot} rank={i + 1} />
            ))}
          </ol>
          <p className="mt-1 text-pretty text-muted text-xs">
            {t('Fields of {size}.', { size: sizeName(found.size) })} {found.method}
          </p>
        </>
      )}
    </PanelSection>
  );
}

function SpotRow({ spot, rank }: { spot: SlideHotSpot; rank: number }) {
  const pane = useAnnotations((state) => state.pane);
  const { numbers, polygon } = spot;
  const box = boundsOf([openRings([polygon])[0] ?? []]);
  return (
    <li className="flex items-center justify-between gap-3 py-1">
      <p className="text-sm">
        <span className="font-semibold">{`${rank}. ${percentText(numbers)}`}</span>{' '}
        <span className="text-muted">
          {t('({interval}), {positive} of {total}, {area} at x {x}, y {y} px', {
            interval: intervalText(numbers),
            positive: wholeText(numbers.positive),
            total: wholeText(numbers.total),
            area: mm2Text(numbers.areaMm2),
            x: Math.round(box.x0),
            y: Math.round(box.y0),
          })}
        </span>
      </p>
      <button
        type="button"
        aria-label={t('Go to hot spot {rank}', { rank })}
        className={TEXT_BUTTON}
        onClick={() => pane?.show(box)}
      >
        {t('Go to')}
      </button>
    </li>
  );
}

const asAnnotation = (size: string) => (spot: SlideHotSpot, i: number) =>
  createAnnotation({
    class: 'other',
    origin: 'hot-spot',
    shape: 'rectangle',
    name: t('Hot spot {rank}, {size}', { rank: i + 1, size }),
    polygons: openRings([spot.polygon]),
  });
