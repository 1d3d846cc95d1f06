import { useMemo } from 'react';
import { TEXT_BUTTON } from '@/app/_components/panel-section';
import { useResult, useResultActions } from '../../_result/result-context';
import { scoreRegions } from './score-regions';

/** The regions, each with its own labeling index. */
export function RegionList() {
  const regions = useResult((state) => state.parameters.regions);
  const live = useResult((state) => state.live);
  const { changeRegion, removeRegion } = useResultActions();
  const scores = useMemo(() => live && scoreRegions(live, regions), [live, regions]);
  if (regions.length === 0) return <p className="mt-1.5 text-muted text-sm">None: the whole image counts.</p>;
  return (
    <ul aria-label="Regions" className="mt-2 divide-y divide-line">
      {regions.map(({ id, name, kind, enabled }, place) => (
        <li key={id} className="flex items-center gap-2 py-1 text-sm">
          <input
            type="checkbox"
            aria-label={`${name} counts`}
            checked={enabled}
            onChange={(event) => changeRegion(id, { enabled: event.target.checked })}
            className="size-4.5 shrink-0"
          />
          <div className="min-w-0 grow">
            <input
              aria-label={`Name of region ${place + 1}`}
              value={name}
              maxLength={200}
              onChange={(event) => changeRegion(id, { name: event.target.value })}
              className="w-full rounded border border-transparent bg-transparent px-1 hover:border-edge focus:border-edge"
            />
            <p className="px-1 text-muted text-xs" data-testid="region-score">
              {kind === 'exclude' ? 'excluded' : scores?.[place]}
            </p>
          </div>
          <button
            type="button"
            aria-label={`Delete ${name}`}
            onClick={() => removeRegion(id)}
            className={`${TEXT_BUTTON} shrink-0`}
          >
            Delete
          </button>
        </li>
      ))}
    </ul>
  );
}
