import { useAnnotationActions, useAnnotations } from '@/app/_annotate/annotation-context';
import { CLASS_LOOKS } from '@/app/_annotate/class-looks';
import { PanelSection } from '@/app/_components/panel-section';
import { boundsOf } from '@/lib/annotations/points';
import { coreAddress } from '@/lib/contracts/annotation';
import { wholeText } from '@/lib/contracts/whole-text';
import { boundsText, mm2Text, percentText } from './number-texts';
import { useScoring } from './scoring-context';
import type { PartNumbers } from './table/table-protocol';

/** A slide may have thousands of regions; a longer table makes the page slow. */
const MOST_ROWS = 200;

/** The numbers of the slide, of each class, and of each region or core. */
export function NumbersSection() {
  const numbers = useScoring((state) => state.numbers);
  const annotations = useAnnotations((state) => state.annotations);
  const pane = useAnnotations((state) => state.pane);
  const { select } = useAnnotationActions();
  if (!numbers || numbers.cells === 0) return null;
  const regions = annotations.flatMap((one) => {
    const counted = numbers.areas.get(one.id);
    if (!counted || one.class === 'ignore' || one.class === 'tissue') return [];
    const name = one.core ? coreAddress(one.core) : one.name || CLASS_LOOKS[one.class].name;
    return [{ id: one.id, name, numbers: counted, bounds: boundsOf(one.polygons) }];
  });
  return (
    <PanelSection title="Numbers">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys. */}
      <section className="max-h-96 overflow-auto" tabIndex={0} aria-label="Numbers of all regions">
        <table className="w-full text-sm">
          <thead className="text-left text-muted text-xs">
            <tr>
              <Head>Part</Head>
              <Head isNumber>Index</Head>
              <Head isNumber>95 %</Head>
              <Head isNumber>Positive</Head>
              <Head isNumber>Nuclei</Head>
              <Head isNumber>per mm²</Head>
              <Head isNumber>Area</Head>
              <Head isNumber>H-score</Head>
              <Head isNumber>Allred</Head>
              <Head isNumber>Tumour index</Head>
              <Head isNumber>95 %</Head>
              <Head isNumber>Tumour nuclei</Head>
            </tr>
          </thead>
          <tbody>
            <Row name="Slide" numbers={numbers.slide} />
            {numbers.classes.map(({ class: name, numbers: counted }) => (
              <Row key={name} name={`All ${CLASS_LOOKS[name].name.toLowerCase()}`} numbers={counted} />
            ))}
            {regions.slice(0, MOST_ROWS).map(({ id, name, numbers: counted, bounds }) => (
              <Row
                key={id}
                name={name}
                numbers={counted}
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
          The first {MOST_ROWS} of {regions.length} regions. The saved files hold all.
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

type RowProps = { name: string; numbers: PartNumbers; onGo?: () => void };

function Row({ name, numbers, onGo }: RowProps) {
  const { total, positive, areaMm2, perMm2, hScore, allred, tumourNuclei: tumour, isComplete } = numbers;
  const cell = 'whitespace-nowrap py-1 pr-3 text-right';
  return (
    <tr className="border-line border-t" data-testid="numbers-row">
      <th scope="row" className="min-w-24 max-w-40 py-1 pr-3 text-left font-normal">
        {onGo ? (
          <button
            type="button"
            onClick={onGo}
            className="wrap-break-word min-h-9 cursor-pointer text-left text-hematoxylin underline underline-offset-3 lg:min-h-0"
          >
            {name}
          </button>
        ) : (
          name
        )}
        {!isComplete && <span className="block text-muted text-xs">provisional</span>}
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
    </tr>
  );
}
