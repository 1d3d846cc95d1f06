import { useState } from 'react';
import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { PanelSection } from '@/app/_components/panel-section';
import { Button } from '@/app/_components/ui/button';
import { listText, t } from '@/app/_text/t';
import { intersection } from '@/lib/annotations/clip';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { boundsOf, openRings } from '@/lib/annotations/points';
import { AREA_RATINGS, type AreaRating } from '@/lib/contracts/annotation';
import { wholeText } from '@/lib/contracts/whole-text';
import { NEUROENDOCRINE_SCALE, PROTOCOLS, type ProtocolName } from '@/lib/scoring/slide/protocols';
import type { ZoneNumbers } from '@/lib/scoring/slide/zone-numbers';
import { intervalText, mm2Text, percentText } from './number-texts';
import { useScoring, useScoringActions, useScoringStore } from './scoring-context';
import { SMALL_BUTTON } from './small-button';
import type { TableNumbers } from './table/table-protocol';

const NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** A number by a published protocol, with its source. */
export function ProtocolSection() {
  const protocol = useScoring((state) => state.protocol);
  const numbers = useScoring((state) => state.numbers);
  const { setProtocol } = useScoringActions();
  if (!numbers || numbers.cells === 0) return null;
  const { help, sources } = PROTOCOLS[protocol];
  return (
    <PanelSection title={t('Protocol')}>
      <select
        aria-label={t('Protocol')}
        value={protocol}
        onChange={(event) => setProtocol(event.target.value as ProtocolName)}
        className="h-11 w-full rounded-md border border-edge bg-surface px-2 lg:h-9"
      >
        {NAMES.map((name) => (
          <option key={name} value={name}>
            {PROTOCOLS[name].name}
          </option>
        ))}
      </select>
      <div className="mt-2" data-testid="protocol-result">
        <Result protocol={protocol} numbers={numbers} />
      </div>
      <details className="mt-2 text-sm print:hidden">
        <summary className="min-h-9 cursor-pointer text-hematoxylin underline underline-offset-3 lg:min-h-0">
          {t('How it counts, and its source')}
        </summary>
        <p className="mt-1 text-pretty text-muted">{help}</p>
        <ul className="mt-1 list-disc space-y-1 pl-5 text-muted text-xs">
          {sources.map((source) => (
            <li key={source} className="wrap-anywhere">
              {source}
            </li>
          ))}
        </ul>
      </details>
    </PanelSection>
  );
}

function Result({ protocol, numbers }: { protocol: ProtocolName; numbers: TableNumbers }) {
  const hotSpots = useScoring((state) => state.hotSpots);
  const scope = numbers.tumour ?? numbers.slide;
  switch (protocol) {
    case 'global':
      return (
        <Large value={percentText(scope)}>
          {numbers.tumour
            ? t('{interval}; {positive} of {total} in all tumour regions, {area}', wordsOf(scope))
            : t('{interval}; {positive} of {total} in the tissue, {area}', wordsOf(scope))}
        </Large>
      );
    case 'hotSpot': {
      if (!hotSpots) return <Looking />;
      const hottest = hotSpots.spots[0]?.numbers;
      if (!hottest) return <p className="text-sm">{t('No field of this size fits in what is scored.')}</p>;
      return (
        <Large value={percentText(hottest)}>{t('{interval}; {positive} of {total} in {area}', wordsOf(hottest))}</Large>
      );
    }
    case 'neuroendocrine':
      return <Neuroendocrine />;
    default:
      return <Global numbers={numbers} isWeighted={protocol === 'ikwgWeighted'} />;
  }
}

const wordsOf = (numbers: Pick<ZoneNumbers, 'interval' | 'positive' | 'total' | 'areaMm2'>) => ({
  interval: intervalText(numbers),
  positive: wholeText(numbers.positive),
  total: wholeText(numbers.total),
  area: mm2Text(numbers.areaMm2),
});

function Large({ value, children }: { value: string; children: string }) {
  return (
    <p>
      <span className="block font-semibold text-2xl">{value}</span>
      <span className="text-muted text-sm">{children}</span>
    </p>
  );
}

const Looking = () => <p className="text-muted text-sm">{t('Looking for the hottest field.')}</p>;

function Neuroendocrine() {
  const score = useScoring((state) => state.neuroendocrine);
  if (!score) return <Looking />;
  const hottest = score.hotSpots.spots[0]?.numbers;
  return (
    <>
      {hottest ? (
        <Large value={percentText(hottest)}>
          {score.hasEnoughNuclei
            ? t('{positive} of {total} nuclei in {area}', wordsOf(hottest))
            : t(
                '{positive} of {total} nuclei in {area}; fewer than the 500 that the protocol asks for',
                wordsOf(hottest),
              )}
        </Large>
      ) : (
        <p className="text-sm">{t('No such field fits in what is scored.')}</p>
      )}
      <ol
        aria-label={t('Cut points of the WHO: a scale, no diagnosis')}
        className="mt-2 grid grid-cols-3 gap-1 text-center text-sm"
      >
        {NEUROENDOCRINE_SCALE.map((step, i) => (
          <li
            key={step}
            aria-current={score.step === i ? 'true' : undefined}
            className={`rounded border px-1 py-1 ${score.step === i ? 'border-hematoxylin font-semibold text-hematoxylin' : 'border-line text-muted'}`}
          >
            {step}
          </li>
        ))}
      </ol>
      <p className="mt-1 text-muted text-xs">{t('A scale, not a diagnosis.')}</p>
    </>
  );
}

function Global({ numbers, isWeighted }: { numbers: TableNumbers; isWeighted: boolean }) {
  const { areas, empty, weighted, unweighted } = numbers.global;
  const value = isWeighted ? weighted : unweighted;
  return (
    <div className="space-y-2">
      {value === null ? (
        <p className="text-pretty text-sm">{t('No area is rated yet.')}</p>
      ) : (
        <>
          <p className="font-semibold text-2xl">{`${value.toFixed(1)} %`}</p>
          <table className="w-full text-sm">
            <thead className="text-left text-muted text-xs">
              <tr>
                {[t('Rating'), t('Index'), t('Nuclei'), t('Area'), isWeighted ? t('Weight') : t('Fields')].map(
                  (head) => (
                    <th key={head} scope="col" className="py-1 font-normal">
                      {head}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {areas.map(({ rating, numbers: counted, share, fields }) => (
                <tr key={rating} className="border-line border-t">
                  <th scope="row" className="py-1 text-left font-normal">
                    {rating}
                  </th>
                  <td>{percentText(counted)}</td>
                  <td>{wholeText(counted.total)}</td>
                  <td>{mm2Text(counted.areaMm2)}</td>
                  <td>{isWeighted ? `${(100 * share).toFixed(0)} %` : t('{fields} of 4', { fields })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {empty.length > 0 && (
        <p className="text-muted text-xs">
          {t('Without nuclei, and left out: {ratings}.', { ratings: listText(empty) })}
        </p>
      )}
      <Ratings />
    </div>
  );
}

/** The rated areas: proposed from the heat map, changed and confirmed by a person. */
function Ratings() {
  const annotations = useAnnotations((state) => state.annotations);
  const mayEdit = useAnnotations((state) => state.mayEdit);
  const pane = useAnnotations((state) => state.pane);
  const { add, change, remove } = useAnnotationActions();
  const { table } = useScoringStore();
  const [words, setWords] = useState('');
  const rated = annotations.filter(({ rating }) => rating !== null);

  async function propose(): Promise<void> {
    setWords(t('Looking at the heat map.'));
    const proposed = await table.proposeRatings().catch(() => null);
    if (!proposed) return setWords(t('The areas could not be proposed. Try again.'));
    const tumour = annotations.filter((one) => one.class === 'tumour').flatMap(({ polygons }) => polygons);
    const areas = proposed.flatMap(({ rating, polygons }) => {
      const open = openRings(polygons);
      // Squares reach beyond the tumour, where other cells are.
      const within = tumour.length > 0 ? intersection(open, tumour) : open;
      return within.length > 0
        ? [createAnnotation({ class: 'other', name: `Ki67 ${rating}`, rating, polygons: within })]
        : [];
    });
    if (areas.length === 0) return setWords(t('Too few nuclei are scored to propose areas.'));
    setWords(
      add(areas)
        ? t('Proposed. Look at each area, and change its rating or its outline where you see it otherwise.')
        : '',
    );
  }

  if (!mayEdit) return null;
  return (
    <>
      {rated.length > 0 && (
        <ul aria-label={t('Rated areas')} className="divide-y divide-line">
          {rated.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-2 py-1 text-sm">
              <button
                type="button"
                onClick={() => pane?.show(boundsOf(one.polygons))}
                className="min-h-9 grow cursor-pointer text-left text-hematoxylin underline underline-offset-3"
              >
                {one.name || t('Area')}
              </button>
              <select
                aria-label={one.name ? t('Rating of {name}', { name: one.name }) : t('Rating of the area')}
                value={one.rating ?? ''}
                onChange={(event) =>
                  change([one.id], { rating: event.target.value === '' ? null : (event.target.value as AreaRating) })
                }
                className="h-11 rounded-md border border-edge bg-surface px-2 lg:h-9"
              >
                <option value="">{t('not rated')}</option>
                {AREA_RATINGS.map((rating) => (
                  <option key={rating}>{rating}</option>
                ))}
              </select>
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" className={SMALL_BUTTON} onClick={() => void propose()}>
          {t('Propose areas')}
        </Button>
        {rated.length > 0 && (
          <Button look="secondary" className={SMALL_BUTTON} onClick={() => remove(rated.map(({ id }) => id))}>
            {t('Delete rated areas')}
          </Button>
        )}
      </div>
      <p role="status" className="text-pretty text-muted text-xs">
        {words}
      </p>
    </>
  );
}
