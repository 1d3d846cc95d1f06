import { findSample } from '@/lib/samples';

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
        {sample.total.toLocaleString('en')} true nuclei, {total.toLocaleString('en')} measured
      </p>
      <p className="text-muted">Our simulator drew this image, so its true counts are known.</p>
    </div>
  );
}
