import type { ProbedNucleus } from '../_preview/live-protocol';
import { useResult } from '../_result/result-context';

/** The measurements of the nucleus under the pointer. */
export function ProbeReadout() {
  const probed = useResult((state) => state.probed);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const hasMarker = useResult((state) => state.histograms?.marker != null);
  if (!probed) return null;
  const squareMicrons = probed.areaPx * micronsPerPixel ** 2;
  return (
    <dl
      data-testid="probe"
      className="pointer-events-none absolute top-3 right-3 grid grid-cols-[auto_auto] gap-x-3 gap-y-0.5 rounded-lg bg-stage/90 px-3 py-2 text-sm"
    >
      <dt className="text-stage-muted">Nucleus</dt>
      <dd>{describeClass(probed)}</dd>
      <dt className="text-stage-muted">Area</dt>
      <dd>
        {squareMicrons.toFixed(1)} µm² <span className="text-stage-muted">{probed.areaPx} px</span>
      </dd>
      {hasMarker && (
        <>
          <dt className="text-stage-muted">Marker</dt>
          <dd>
            {probed.markerMax} <span className="text-stage-muted">mean {probed.markerMean.toFixed(0)}</span>
          </dd>
        </>
      )}
      <dt className="text-stage-muted">Optical density</dt>
      <dd>{probed.odMean.toFixed(2)}</dd>
    </dl>
  );
}

function describeClass({ isPositive, isKept, isCounted }: ProbedNucleus): string {
  if (!isKept) return 'left out';
  const name = isPositive ? 'positive' : 'negative';
  return isCounted ? name : `${name}, outside the regions`;
}
