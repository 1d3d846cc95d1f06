import { useLayoutEffect, useRef, useState } from 'react';
import { KIND_WORDS } from '@/app/_teach/kind-words';
import { t } from '@/app/_text/t';
import type { ProbedNucleus } from '../_preview/live-protocol';
import { useResult } from '../_result/result-context';
import { type Corner, freeCorner } from './free-corner';
import type { ViewerStage } from './stage';

const PLACES: Record<Corner, string> = {
  topRight: 'top-3 right-3',
  topLeft: 'top-3 left-3',
  bottomRight: 'right-3 bottom-3',
  bottomLeft: 'bottom-12 left-3',
};

/** The measurements of the nucleus under the pointer, in a corner where they do not cover it. */
export function ProbeReadout({ stage }: { stage: ViewerStage | null }) {
  const probed = useResult((state) => state.probed);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const hasMarker = useResult((state) => state.histograms?.marker != null);
  const found = useResult((state) => state.live?.found);
  const readout = useRef<HTMLDListElement>(null);
  const [corner, setCorner] = useState<Corner>('topRight');
  useLayoutEffect(() => {
    const element = readout.current;
    const frame = element?.parentElement;
    if (!probed || !found || !stage || !element || !frame) return;
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = found.bbox.subarray(4 * probed.index, 4 * probed.index + 4);
    const { offsetWidth: width, offsetHeight: height } = element;
    setCorner(freeCorner(frame.getBoundingClientRect(), { width, height }, stage.onScreen({ x0, y0, x1, y1 })));
  }, [probed, found, stage]);
  if (!probed) return null;
  const squareMicrons = probed.areaPx * micronsPerPixel ** 2;
  return (
    <dl
      ref={readout}
      data-testid="probe"
      className={`${PLACES[corner]} pointer-events-none absolute grid grid-cols-[auto_auto] gap-x-3 gap-y-0.5 rounded-lg bg-stage/90 px-3 py-2 text-sm`}
    >
      <dt className="text-stage-muted">{t('Nucleus')}</dt>
      <dd>{describeClass(probed)}</dd>
      <dt className="text-stage-muted">{t('Area')}</dt>
      <dd>
        {`${squareMicrons.toFixed(1)} µm²`} <span className="text-stage-muted">{`${probed.areaPx} px`}</span>
      </dd>
      {hasMarker && (
        <>
          <dt className="text-stage-muted">{t('Marker')}</dt>
          <dd>
            {probed.markerMax}{' '}
            <span className="text-stage-muted">{t('mean {value}', { value: probed.markerMean.toFixed(0) })}</span>
          </dd>
        </>
      )}
      <dt className="text-stage-muted">{t('Optical density')}</dt>
      <dd>{probed.odMean.toFixed(2)}</dd>
    </dl>
  );
}

function describeClass({ isPositive, isKept, isCounted, kind: name }: ProbedNucleus): string {
  if (!isKept) return t('left out');
  const kind = KIND_WORDS[name];
  if (isCounted) return isPositive ? t('positive, {kind}', { kind }) : t('negative, {kind}', { kind });
  return isPositive
    ? t('positive, {kind}, outside the regions', { kind })
    : t('negative, {kind}, outside the regions', { kind });
}
