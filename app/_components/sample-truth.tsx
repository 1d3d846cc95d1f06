import { richText, t } from '@/app/_text/t';
import { wholeText } from '@/lib/contracts/whole-text';
import { findSample, membranesOf } from '@/lib/samples';

type SampleTruthProps = {
  /** `analysis.sample`. Nothing is shown for an upload, where it is null. */
  sample: string | null;
  /** Measured on the whole image. Do not show this component while regions are drawn. */
  percentPositive: number;
  total: number;
};

/** True and measured counts of a sample: `true 23.4 %, measured 23.1 %`. */
export function SampleTruth({ sample: name, percentPositive, total }: SampleTruthProps) {
  const sample = findSample(name);
  if (!sample) return null;
  const totals = { knownTotal: wholeText(sample.total), measuredTotal: wholeText(total) };
  return (
    <div data-testid="sample-truth" className="border-hematoxylin border-l-3 pl-3 text-sm">
      <p>
        {sample.positive > 0
          ? richText(
              '<b>true {known} %, measured {measured} %</b> of {knownTotal} true nuclei, {measuredTotal} measured',
              {
                ...totals,
                known: sample.percentPositive.toFixed(1),
                measured: percentPositive.toFixed(1),
                b: (words) => (
                  <span key="percent" className="font-semibold">
                    {words}
                  </span>
                ),
              },
            )
          : t('{knownTotal} true nuclei, {measuredTotal} measured', totals)}
      </p>
      <p className="text-muted">{t('Our simulator drew this image, so its true counts are known.')}</p>
    </div>
  );
}

type MembraneTruthProps = {
  /** `analysis.sample`. Nothing is shown for an upload, or a sample without membranes. */
  sample: string | null;
  /** In %, measured on the whole image. */
  tps: number;
  complete: number;
  /** null where the stain gives it no meaning. */
  cps: number | null;
};

/** True and measured shares of a sample's tumour cells with a stained membrane, and with a complete one. */
export function MembraneTruth({ sample: name, tps, complete, cps }: MembraneTruthProps) {
  const sample = findSample(name);
  const membranes = sample && membranesOf(sample);
  if (!membranes) return null;
  return (
    <p data-testid="membrane-truth" className="my-1 border-hematoxylin border-l-3 pl-3 text-sm">
      {[
        t('Stained membranes: true {known} %, measured {measured} %.', {
          known: membranes.tps.toFixed(1),
          measured: tps.toFixed(1),
        }),
        t('Complete ones: true {known} %, measured {measured} %.', {
          known: membranes.complete.toFixed(1),
          measured: complete.toFixed(1),
        }),
        t('Of {count} true tumour cells.', { count: wholeText(membranes.tumour) }),
        cps !== null &&
          t('CPS: true {known}, measured {measured}.', { known: membranes.cps.toFixed(1), measured: cps.toFixed(1) }),
      ]
        .filter(Boolean)
        .join(' ')}
    </p>
  );
}
