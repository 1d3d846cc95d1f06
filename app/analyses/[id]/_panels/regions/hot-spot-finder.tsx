import { useState } from 'react';
import { Button } from '@/app/_components/ui/button';
import { NumberBox } from '@/app/_components/ui/number-box';
import { HOT_SPOT_MM2_RANGE } from '@/lib/contracts/scores';
import { rectangleRing } from '../../_preview/rectangle-ring';
import { useResult, useResultStore } from '../../_result/result-context';
import { findIn } from './score-regions';

/** The Ki67 guidelines' field: a high-power field of about this area, or 500 nuclei. */
const DEFAULT_MM2 = 0.2;
const NUCLEI = 500;

/** Finds the field with the highest labeling index, and adds it as a region. */
export function HotSpotFinder() {
  const store = useResultStore();
  const hasLive = useResult((state) => state.live !== null);
  const micronsPerPixel = useResult((state) => state.micronsPerPixel);
  const [kind, setKind] = useState<'area' | 'nuclei'>('area');
  const [mm2, setMm2] = useState(DEFAULT_MM2);
  const [words, setWords] = useState('');

  function find() {
    const { live, parameters, analysis, actions } = store.getState();
    const { source } = analysis;
    if (!live || !source) return;
    const size = kind === 'area' ? { mm2 } : { nuclei: NUCLEI };
    const spot = findIn(live, { image: source, micronsPerPixel }, parameters.regions, size);
    if (!spot)
      return setWords(
        kind === 'area' ? 'The image is smaller than such a field.' : `The image holds fewer than ${NUCLEI} nuclei.`,
      );
    for (const region of parameters.regions) if (region.shape === 'hotspot') actions.removeRegion(region.id);
    actions.addRegion({ shape: 'hotspot', rings: [rectangleRing(spot)], kind: 'include', name: 'Hot spot' });
    setWords(`Found: ${((100 * spot.positive) / spot.total).toFixed(1)} %, ${spot.positive} of ${spot.total} nuclei.`);
  }

  return (
    <div className="mt-2 space-y-1 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="Size of the hot spot"
          value={kind}
          onChange={(event) => setKind(event.target.value as typeof kind)}
          className="h-9 rounded-md border border-edge bg-surface px-2"
        >
          <option value="area">Field of an area</option>
          <option value="nuclei">Field of {NUCLEI} nuclei</option>
        </select>
        {kind === 'area' && (
          <span className="flex items-center gap-1.5">
            <NumberBox
              label="Area of the hot spot, mm²"
              value={mm2}
              min={HOT_SPOT_MM2_RANGE.min}
              max={HOT_SPOT_MM2_RANGE.max}
              step={0.01}
              onChange={(typed) => typed !== null && setMm2(typed)}
            />
            mm²
          </span>
        )}
        <Button look="secondary" className="min-h-9! px-3!" disabled={!hasLive} onClick={find}>
          Find hot spot
        </Button>
      </div>
      <p role="status" className="text-muted">
        {words}
      </p>
    </div>
  );
}
