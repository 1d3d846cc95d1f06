import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { CLASS_LOOKS } from '@/app/_annotate/class-looks';
import { PanelSection } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { boundsOf } from '@/lib/annotations/points';
import { annotationTitle } from '@/lib/contracts/annotation';
import { wholeText, percentText as wordsOfPercent } from '@/lib/contracts/whole-text';
import type { MembraneScore } from '@/lib/scoring/membrane/score-membranes';
import { boundsText, mm2Text, percentText } from './number-texts';
import { useScoring } from './scoring-context';
import type { PartNumbers } from './table/table-protocol';

/** A slide may have thousands of regions; a longer table makes the page slow. */
const MOST_ROWS = 200;
/** On paper all of it. */
const SCROLLED = 'max-h-96 overflow-auto print:max-h-none print:overflow-visible';

const ALL_OF_CLASS = {
  tumour: t('All tumour'),
  stroma: t('All stroma'),
  necrosis: t('All necrosis'),
  other: t('All other'),
  ignore: t('All ignore'),
  tissue: t('All tissue'),
} as const;

/** The numbers of the slide, of each class, and of each region or core. */
export function NumbersSection() {
  const numbers = useScoring((state) => state.numbers);
  const annotations = useAnnotations((state) => state.annotations);
  const marker = useScoring((state) => state.settings.marker ?? null);
  const pane = useAnnotations((state) => state.pane);
  const { select } = useAnnotationActions();
  if (!numbers || numbers.cells === 0) return null;
  const membranes = numbers.slide.membrane !== null;
  const isPdl1 = marker === 'pdl1';
  const regions = annotations.flatMap((one) => {
    const counted = numbers.areas.get(one.id);
    if (!counted || one.class === 'ignore' || one.class === 'tissue') return [];
    const name = annotationTitle(one) || CLASS_LOOKS[one.class].name;
    return [{ id: one.id, name, numbers: counted, bounds: boundsOf(one.polygons) }];
  });
  return (
    <PanelSection title={t('Numbers')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys. */}
      <section className={SCROLLED} tabIndex={0} aria-label={t('Numbers of all regions')}>
        <table className="w-full text-sm">
          <thead className="text-left text-muted text-xs">
            <tr>
              <Head>{t('Part')}</Head>
              <Head isNumber>{t('Index')}</Head>
              <Head isNumber>{t('95 %')}</Head>
              <Head isNumber>{t('Positive')}</Head>
              <Head isNumber>{t('Nuclei')}</Head>
              <Head isNumber>{t('per mm²')}</Head>
              <Head isNumber>{t('Area')}</Head>
              <Head isNumber>{t('H-score')}</Head>
              <Head isNumber>{t('Allred')}</Head>
              <Head isNumber>{t('Tumour index')}</Head>
              <Head isNumber>{t('95 %')}</Head>
              <Head isNumber>{t('Tumour nuclei')}</Head>
              {membranes && (
                <>
                  <Head isNumber>{isPdl1 ? 'TPS' : t('Stained membrane')}</Head>
                  <Head isNumber>{t('95 %')}</Head>
                  <Head isNumber>{isPdl1 ? 'CPS' : t('HER2 pattern')}</Head>
                  <Head isNumber>{t('Complete')}</Head>
                  <Head isNumber>{t('Cells measured')}</Head>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            <Row name={t('Slide')} numbers={numbers.slide} isPdl1={isPdl1} />
            {numbers.classes.map(({ class: name, numbers: counted }) => (
              <Row key={name} name={ALL_OF_CLASS[name]} numbers={counted} isPdl1={isPdl1} />
            ))}
            {regions.slice(0, MOST_ROWS).map(({ id, name, numbers: counted, bounds }) => (
              <Row
                key={id}
                name={name}
                numbers={counted}
                isPdl1={isPdl1}
                onGo={() => {
                  select([id]);
                  pane?.show(bounds);
                }}
              />
            ))}
          </tbody>
        </table>
      </section>
      {regions.length > MOST_ROWS && (
        <p className="mt-1 text-muted text-xs">
          {t('The first {most} of {count} regions. The saved files hold all.', {
            most: MOST_ROWS,
            count: regions.length,
          })}
        </p>
      )}
    </PanelSection>
  );
}

function Head({ isNumber = false, children }: { isNumber?: boolean; children: string }) {
  return (
    <th scope="col" className={`whitespace-nowrap py-1 pr-3 font-normal ${isNumber ? 'text-right' : ''}`}>
      {children}
    </th>
  );
}

function MembraneCells({ of: { tumour, bins, cps, her2 }, isPdl1 }: { of: MembraneScore; isPdl1: boolean }) {
  const cell = 'whitespace-nowrap py-1 pr-3 text-right';
  const { weak, moderate, strong } = bins.complete;
  return (
    <>
      <td className={`${cell} font-semibold`}>{percentText(tumour)}</td>
      <td className={cell}>{tumour.total > 0 && boundsText(tumour)}</td>
      <td className={cell}>{isPdl1 ? cps?.toFixed(1) : her2 !== null && (her2 === 0 ? '0' : `${her2}+`)}</td>
      <td className={cell}>{tumour.total > 0 && wordsOfPercent((100 * (weak + moderate + strong)) / tumour.total)}</td>
      <td className={cell}>{wholeText(tumour.total)}</td>
    </>
  );
}

type RowProps = { name: string; numbers: PartNumbers; isPdl1: boolean; onGo?: () => void };

function Row({ name, numbers, isPdl1, onGo }: RowProps) {
  const { total, positive, areaMm2, perMm2, hScore, allred, tumourNuclei: tumour, isComplete } = numbers;
  const cell = 'whitespace-nowrap py-1 pr-3 text-right';
  return (
    <tr className="border-line border-t" data-testid="numbers-row">
      <th scope="row" className="min-w-24 max-w-40 py-1 pr-3 text-left font-normal">
        {onGo ? (
          <button
            type="button"
            onClick={onGo}
            data-printed
            className="wrap-break-word min-h-9 cursor-pointer text-left text-hematoxylin underline underline-offset-3 lg:min-h-0"
          >
            {name}
          </button>
        ) : (
          name
        )}
        {!isComplete && <span className="block text-muted text-xs">{t('provisional')}</span>}
      </th>
      <td className={`${cell} font-semibold`}>{percentText(numbers)}</td>
      <td className={cell}>{total > 0 && boundsText(numbers)}</td>
      <td className={cell}>{wholeText(positive)}</td>
      <td className={cell}>{wholeText(total)}</td>
      <td className={cell}>{wholeText(perMm2)}</td>
      <td className={cell}>{mm2Text(areaMm2)}</td>
      <td className={cell}>{total > 0 && hScore}</td>
      <td className={cell}>{total > 0 && allred.total}</td>
      <td className={`${cell} font-semibold`}>{tumour && percentText(tumour)}</td>
      <td className={cell}>{tumour && tumour.total > 0 && boundsText(tumour)}</td>
      <td className={cell}>{tumour && wholeText(tumour.total)}</td>
      {numbers.membrane && <MembraneCells of={numbers.membrane} isPdl1={isPdl1} />}
    </tr>
  );
}
