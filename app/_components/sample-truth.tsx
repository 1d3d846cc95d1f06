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
  return (
    <div data-testid="sample-truth" className="border-hematoxylin border-l-3 pl-3 text-sm">
      <p>
        {sample.positive > 0 && (
          <>
            <span className="font-semibold">
              true {sample.percentPositive.toFixed(1)} %, measured {percentPositive.toFixed(1)} %
            </span>{' '}
            of{' '}
          </>
        )}
        {wholeText(sample.total)} true nuclei, {wholeText(total)} measured
      </p>
      <p className="text-muted">Our simulator drew this image, so its true counts are known.</p>
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
      Stained membranes: true {membranes.tps.toFixed(1)} %, measured {tps.toFixed(1)} %. Complete ones: true{' '}
      {membranes.complete.toFixed(1)} %, measured {complete.toFixed(1)} %. Of {wholeText(membranes.tumour)} true tumour
      cells.
      {cps !== null && ` CPS: true ${membranes.cps.toFixed(1)}, measured ${cps.toFixed(1)}.`}
    </p>
  );
}
