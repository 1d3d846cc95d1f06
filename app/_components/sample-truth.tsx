import { findSample } from '@/lib/samples';

type SampleTruthProps = {
  /** `analysis.sample`: for an upload, which is null, nothing is shown. */
  sample: string | null;
  /** What was measured, of the whole image: with regions drawn it is not comparable, so leave this out then. */
  percentPositive: number;
  total: number;
};

/** Truth beside measurement, for a sample of the gallery: `true 23.4 %, measured 23.1 %`. */
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
      <p className="text-muted">This image was drawn by our simulator, so its true counts are known.</p>
    </div>
  );
}
